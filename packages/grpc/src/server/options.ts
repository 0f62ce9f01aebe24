import type { Compressor } from "../call/compression.js";
import type { Interceptor } from "../call/interceptor.js";
import type { RpcError } from "../call/rpc-error.js";
import type { ServerTls } from "../credentials/tls.js";
import type { Fallback } from "./fallback.js";
import type { ServerCall } from "./handler.js";

/** How a finished call looks to an observer. */
export interface CallOutcome {
  readonly call: ServerCall;
  /** Undefined: OK. */
  readonly error: RpcError | undefined;
}

export interface ServerOptions {
  /** @default plaintext */
  readonly tls?: ServerTls;
  /** Around every handler, the first one outermost. Without any, calls are not wrapped at all. @default none */
  readonly interceptors?: readonly Interceptor[];
  /** Answers requests that are not gRPC. @default none: they get 415 */
  readonly fallback?: Fallback;
  /** Largest request message, after decompression. @default 4 MiB */
  readonly messageBytesMax?: number;
  /** Streams, or handlers still running, of one connection; more are refused, and clients retry those elsewhere. @default 4096 */
  readonly streamsPerConnectionMax?: number;
  /** Largest header list of a request, counted as in RFC 9113 §6.5.2. @default 8 KiB */
  readonly headerListBytesMax?: number;
  /** "gzip" compresses every response to clients that accept it; costs CPU. @default "identity" */
  readonly compression?: string;
  /** More ways to compress than gzip and deflate. */
  readonly compressors?: readonly Compressor[];
  /** @default see KeepaliveOptions */
  readonly keepalive?: ServerKeepalive;
  /** Serves grpc.health.v1.Health. @default true */
  readonly health?: boolean;
  /** Serves grpc.channelz.v1.Channelz: tells every client about every connection. @default false */
  readonly channelz?: boolean;
  /** One line for what went wrong outside of calls. @default console.error */
  readonly log?: (line: string) => void;
  /** Told when a call has ended. Costs a function call each. @default none */
  readonly onCall?: (outcome: CallOutcome) => void;
}

/** gRFC A8 (keepalive) and A9 (connection age), the server's side. */
export interface ServerKeepalive {
  /** Ping a silent client after this long. @default 2 hours */
  readonly intervalMs?: number;
  /** Close the connection when the ping is not answered. @default 20 s */
  readonly timeoutMs?: number;
  /** Clients that ping more often than this get strikes, and GOAWAY after two. @default 5 minutes */
  readonly clientIntervalMinMs?: number;
  /** Whether clients may ping while they have no call. @default false */
  readonly permitWithoutCalls?: boolean;
  /** Connections are drained after about this long (+-10%). @default Infinity */
  readonly connectionAgeMs?: number;
  /** Then calls have this long to finish. @default Infinity */
  readonly connectionAgeGraceMs?: number;
  /** Connections without calls are drained after this long. @default Infinity */
  readonly connectionIdleMs?: number;
}

/** Largest message where nobody said otherwise, as in every gRPC implementation. */
export const MESSAGE_BYTES_MAX: number = 4 * 1024 * 1024;
export const STREAMS_PER_CONNECTION_MAX = 4096;
export const HEADER_LIST_BYTES_MAX: number = 8 * 1024;
