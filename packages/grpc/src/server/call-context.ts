import type { HeaderBlock } from "@consulrpc/http2";
import type { Compressor } from "../call/compression.js";
import { Metadata } from "../call/metadata.js";
import { appendFields, metadataFromFields } from "../call/metadata-fields.js";
import type { RpcError } from "../call/rpc-error.js";

/** The parts of a call that most calls never touch; each is made when first read. */
export class CallContext {
  compressor: Compressor | undefined = undefined;
  compressionSet = false;
  private readonly block: HeaderBlock;
  private cancelled: RpcError | undefined;
  private ownMetadata: Metadata | undefined;
  private ownHeaders: Metadata | undefined;
  private ownTrailers: Metadata | undefined;
  private ownValues: Map<symbol, unknown> | undefined;
  private controller: AbortController | undefined;

  constructor(block: HeaderBlock, cancelled: RpcError | undefined) {
    this.block = block;
    this.cancelled = cancelled;
  }

  get metadata(): Metadata {
    this.ownMetadata ??= metadataFromFields(this.block.fields);
    return this.ownMetadata;
  }

  get responseHeaders(): Metadata {
    this.ownHeaders ??= new Metadata();
    return this.ownHeaders;
  }

  get responseTrailers(): Metadata {
    this.ownTrailers ??= new Metadata();
    return this.ownTrailers;
  }

  get trailersIfAny(): Metadata | undefined {
    return this.ownTrailers;
  }

  get values(): Map<symbol, unknown> {
    this.ownValues ??= new Map();
    return this.ownValues;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.cancelled !== undefined) this.controller.abort(this.cancelled);
    }
    return this.controller.signal;
  }

  abort(error: RpcError): void {
    this.cancelled = error;
    this.controller?.abort(error);
  }

  headerFields(): string[] | undefined {
    return fieldsOf(this.ownHeaders);
  }

  trailerFields(): string[] | undefined {
    return fieldsOf(this.ownTrailers);
  }
}

function fieldsOf(metadata: Metadata | undefined): string[] | undefined {
  if (metadata === undefined || metadata.size === 0) return undefined;
  const fields: string[] = [];
  appendFields(fields, metadata);
  return fields;
}
