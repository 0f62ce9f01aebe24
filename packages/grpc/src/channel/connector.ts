import type { Accept, Http2Endpoint } from "@consulrpc/http2";

/** Opens one connection to "host:port", "[v6]:port" or "unix:/path". Rejects with an Error whose message says why not. Sockets and the in-process link are the implementations. */
export type Connector = (address: string, accept: Accept, signal: AbortSignal) => Promise<Http2Endpoint>;
