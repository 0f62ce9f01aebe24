import { Code, codeName } from "./code.js";
import type { Metadata } from "./metadata.js";

export interface RpcErrorOptions {
  readonly cause?: unknown;
  /** True: the peer sent this status. False: we concluded it here. */
  readonly fromPeer?: boolean;
  /** Trailers (from the peer), or what a handler wants sent with its error. */
  readonly metadata?: Metadata;
  /** google.protobuf.Any messages of google.rpc.Status. */
  readonly details?: readonly unknown[];
}

/** The one error a caller sees. The code stands first in the message. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: Code;
  /** The message without the code in front. */
  readonly rawMessage: string;
  readonly fromPeer: boolean;
  readonly metadata: Metadata | undefined;
  readonly details: readonly unknown[];

  constructor(code: Code, message: string, options: RpcErrorOptions = {}) {
    super(`[${codeName(code)}] ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.rawMessage = message;
    this.fromPeer = options.fromPeer ?? false;
    this.metadata = options.metadata;
    this.details = options.details ?? [];
  }

  /** Anything thrown, as an RpcError: an AbortError becomes CANCELLED, the rest `fallback`. */
  static from(thrown: unknown, fallback: Code = Code.UNKNOWN): RpcError {
    if (thrown instanceof RpcError) return thrown;
    if (thrown instanceof Error) {
      const code = thrown.name === "AbortError" ? Code.CANCELLED : fallback;
      return new RpcError(code, thrown.message, { cause: thrown });
    }
    return new RpcError(fallback, String(thrown), { cause: thrown });
  }
}
