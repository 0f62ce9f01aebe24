import type { Metadata } from "../call/metadata.js";
import type { Method } from "../contract/contract.js";

/** What a caller may say about one call. */
export interface CallOptions {
  /** @default none: the call may take for ever */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly metadata?: Metadata;
  /** Wait for a connection instead of failing at once while there is none. @default false */
  readonly waitForReady?: boolean;
  /** Key for hash and sticky policies. */
  readonly key?: string;
  /** "gzip", "deflate" or "identity" for this call's requests. @default the channel's */
  readonly compression?: string;
  /** Told once each, when they arrive. */
  readonly onHeaders?: (headers: Metadata) => void;
  readonly onTrailers?: (trailers: Metadata) => void;
}

/**
 * Starts calls. A call is sent at once, not when its result is first awaited.
 * A returned AsyncIterable is iterated once; leaving it early cancels the call.
 */
export interface Caller {
  unary(method: Method, request: unknown, options?: CallOptions): Promise<unknown>;
  serverStreaming(method: Method, request: unknown, options?: CallOptions): AsyncIterable<unknown>;
  clientStreaming(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): Promise<unknown>;
  bidi(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): AsyncIterable<unknown>;
}
