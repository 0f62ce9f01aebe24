import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import type { IncomingCall } from "./incoming-call.js";

/** Answers a call whose server streams, as fast as the client reads. */
export async function respondMany(call: IncomingCall, result: unknown): Promise<void> {
  try {
    const messages = iteratorOf(await result);
    try {
      while (!call.done) {
        const next = await messages.next();
        if (next.done) return call.finish();
        if (!call.write(next.value)) await call.whenDrained();
      }
    } finally {
      // The client has gone: let the generator run its `finally`.
      if (call.isCancelled) await messages.return?.();
    }
  } catch (thrown) {
    call.fail(thrown);
  } finally {
    call.handlerEnded();
  }
}

type Messages = AsyncIterator<unknown> | Iterator<unknown>;

function iteratorOf(result: unknown): Messages {
  if (typeof result === "object" && result !== null) {
    if (Symbol.asyncIterator in result) return (result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    if (Symbol.iterator in result) return (result as Iterable<unknown>)[Symbol.iterator]();
  }
  throw new RpcError(Code.INTERNAL, "the handler of a streaming method must return an (async) iterable of messages");
}
