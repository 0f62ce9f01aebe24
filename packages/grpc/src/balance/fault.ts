import { Code } from "../call/code.js";
import type { RpcError } from "../call/rpc-error.js";

/**
 * Whether an error speaks against the member that gave it. Codes that describe
 * the request (INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, ...) do not, and
 * neither does the caller's own cancellation; a member that answers them is well.
 * The division is that of Google's API error model: what a server may cause by itself.
 */
export function isMemberFault(error: RpcError | undefined): boolean {
  if (error === undefined) return false;
  switch (error.code) {
    case Code.UNKNOWN:
    case Code.DEADLINE_EXCEEDED:
    case Code.RESOURCE_EXHAUSTED:
    case Code.INTERNAL:
    case Code.UNAVAILABLE:
    case Code.DATA_LOSS:
      return true;
    default:
      return false;
  }
}
