import type { HeaderBlock } from "@consulrpc/http2";
import type { Outcome } from "../balance/balancer.js";
import type { Metadata } from "../call/metadata.js";
import { metadataFromFields } from "../call/metadata-fields.js";
import type { RpcError } from "../call/rpc-error.js";

/** What a balancer is told. Trailers become metadata when they are read: few policies read them, and every call has some. */
export class CallResult implements Outcome {
  readonly latencyMs: number;
  readonly error: RpcError | undefined;
  private readonly block: HeaderBlock | undefined;

  constructor(latencyMs: number, error: RpcError | undefined, block: HeaderBlock | undefined) {
    this.latencyMs = latencyMs;
    this.error = error;
    this.block = block;
  }

  get trailers(): Metadata | undefined {
    return this.block === undefined ? this.error?.metadata : metadataFromFields(this.block.fields);
  }
}
