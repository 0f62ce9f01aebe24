import type { Call } from "../call/interceptor.js";
import type { Metadata } from "../call/metadata.js";
import type { Contract } from "../contract/contract.js";
import type { PeerIdentity } from "../credentials/tls.js";

/** A call as its handler sees it. */
export interface ServerCall extends Call {
  readonly side: "server";
  /** Will be sent before the first message; changes after that are lost. */
  readonly responseHeaders: Metadata;
  /** Will be sent behind the last message, with an error too. */
  readonly responseTrailers: Metadata;
  /** From the client's certificate; undefined without TLS or without one. */
  readonly peerIdentity: PeerIdentity | undefined;
  /** Sends the response headers now instead of with the first message. */
  sendHeaders(): void;
  /** Compresses the messages from here on, if the client accepts it: "gzip", "identity", ... */
  setCompression(name: string): void;
}

/**
 * What answers one method. `request` is a message, or an AsyncIterable of
 * messages when the client streams; the answer is a message (or a promise of
 * it), or an AsyncIterable of messages when the server streams. For a method of
 * kind "any" the answer may be either, or a promise of either.
 */
export type Handler = (request: unknown, call: ServerCall) => unknown;

/** A contract with what answers it; methods without a handler answer UNIMPLEMENTED. */
export interface Binding {
  readonly contract: Contract;
  /** By the method's name on the wire. */
  readonly handlers: ReadonlyMap<string, Handler>;
}
