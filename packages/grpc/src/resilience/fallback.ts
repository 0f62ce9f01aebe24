import { isMemberFault } from "../balance/fault.js";
import type { Call, Interceptor } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";

/**
 * Another answer when a call fails by the server's fault: a default, a smaller
 * result, another service. It is given the error, and may throw it. Unary calls only.
 */
export function fallback(
  answer: (error: RpcError, call: Call) => unknown,
  applies: (error: RpcError) => boolean = isMemberFault,
): Interceptor {
  return (next) => (call) => {
    if (call.method.kind !== "unary") return next(call);
    return (next(call) as Promise<unknown>).catch((thrown: unknown) => {
      const error = RpcError.from(thrown);
      if (!applies(error)) throw error;
      return answer(error, call);
    });
  };
}
