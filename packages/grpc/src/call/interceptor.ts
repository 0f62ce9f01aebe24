import type { Method } from "../contract/contract.js";
import type { Metadata } from "./metadata.js";

/**
 * One use of a method, as an interceptor sees it; the same shape on both sides.
 * `request` is a message, or an AsyncIterable of messages when the client streams.
 */
export interface Call {
  readonly side: "client" | "server";
  readonly method: Method;
  readonly request: unknown;
  /** Request metadata; a client's interceptor may change it until it calls `next`. */
  readonly metadata: Metadata;
  /** Milliseconds left until the deadline, Infinity when there is none. */
  timeoutLeftMs(): number;
  /** Aborts when the call is cancelled or its deadline passes. Created when first read. */
  readonly signal: AbortSignal;
  /** "host:port" of the other side, once it is known. */
  readonly peer: string | undefined;
  /** Response headers: what arrived (client; undefined before) or what will be sent (server). */
  readonly responseHeaders: Metadata | undefined;
  /** Trailers, likewise. */
  readonly responseTrailers: Metadata | undefined;
  /** A place for interceptors and handlers to leave values for each other. Created when first read. */
  readonly values: Map<symbol, unknown>;
}

/** A Promise of the message, or an AsyncIterable of messages when the server streams. */
export type Response = Promise<unknown> | AsyncIterable<unknown>;

export type Next = (call: Call) => Response;

/** A function around a call, composed once per method. With none there is no wrapping at all. */
export type Interceptor = (next: Next) => Next;
