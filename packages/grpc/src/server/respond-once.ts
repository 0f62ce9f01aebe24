import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import type { IncomingCall } from "./incoming-call.js";

/** Answers a call whose server sends one message: with `result`, or with what it resolves to. */
export function respondOnce(call: IncomingCall, result: unknown): void {
  if (isThenable(result)) {
    result.then(
      (message) => reply(call, message),
      (thrown) => {
        call.fail(thrown);
        call.handlerEnded();
      },
    );
  } else {
    reply(call, result);
  }
}

export function reply(call: IncomingCall, message: unknown): void {
  try {
    call.write(message);
    call.finish();
  } catch (thrown) {
    call.fail(RpcError.from(thrown, Code.INTERNAL));
  }
  call.handlerEnded();
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}
