import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";

/** Why a signal ended a call: CANCELLED, DEADLINE_EXCEEDED for AbortSignal.timeout(), or what a parent call ended with. */
export function abortError(signal: AbortSignal): RpcError {
  const { reason } = signal as { reason: unknown };
  if (reason instanceof RpcError) return new RpcError(reason.code, reason.rawMessage, { cause: reason });
  const name = reason instanceof Error ? reason.name : "";
  if (name === "TimeoutError") return new RpcError(Code.DEADLINE_EXCEEDED, "the signal's timeout passed", { cause: reason });
  const message = reason instanceof Error ? reason.message : String(reason);
  return new RpcError(Code.CANCELLED, message, { cause: reason });
}
