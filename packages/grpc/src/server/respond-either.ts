import type { IncomingCall } from "./incoming-call.js";
import { respondMany } from "./respond-many.js";
import { isThenable, reply, respondOnce } from "./respond-once.js";

/** Answers a call of kind "any": the result itself says whether it is one message or a stream of them. */
export function respondEither(call: IncomingCall, result: unknown): void {
  if (isAsyncIterable(result)) {
    void respondMany(call, result);
  } else if (isThenable(result)) {
    result.then(
      (settled) => (isAsyncIterable(settled) ? void respondMany(call, settled) : reply(call, settled)),
      (thrown) => {
        call.fail(thrown);
        call.handlerEnded();
      },
    );
  } else {
    respondOnce(call, result);
  }
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
