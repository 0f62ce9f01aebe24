import type { HeaderBlock } from "@consulrpc/http2";
import type { Compressors } from "../call/compression.js";
import type { RpcError } from "../call/rpc-error.js";
import type { OutgoingCall } from "./outgoing-call.js";

/** What a call needs of its channel. */
export interface CallHost {
  readonly compressors: Compressors;
  /** Takes a new call: credentials first, where there are any, then `dispatch`. */
  begin(call: OutgoingCall): void;
  /** Gives the call a connection, now or as soon as there is one. */
  dispatch(call: OutgoingCall): void;
  /** The call has left its member and will be dispatched again. */
  released(call: OutgoingCall): void;
  /** The call is over. */
  ended(call: OutgoingCall, error: RpcError | undefined, trailers: HeaderBlock | undefined): void;
  /** The channel's state in words. */
  describeState(): string;
}
