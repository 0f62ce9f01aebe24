import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";

/** Leaving the loop over the responses ends the call. */
export function cancelledByReader(): RpcError {
  return new RpcError(Code.CANCELLED, "the responses are not read any more");
}
