import type { ByteSink } from "./byte-sink.js";
import type { Http2ErrorCode } from "./error-code.js";

/**
 * A header list as it arrived. A block that repeats byte for byte while the
 * dynamic table's generation is the same yields the *same object*, so a layer
 * above may keep what it derived from the list in `memo`. Never mutated.
 */
export interface HeaderBlock {
  /** name, value, name, value, ... in order of arrival; names are lower case. */
  readonly fields: readonly string[];
  /** The first value of `name`, or undefined. */
  get(name: string): string | undefined;
  /** Belongs to the layer above; undefined until it is set. */
  memo: unknown;
}

/** Fields encoded once into bytes that touch no dynamic state: valid on every connection at any time. */
export interface PreparedHeaders {
  readonly fields: readonly string[];
  readonly bytes: Uint8Array;
}

/** One stream as the layer above sees it. */
export interface Http2Stream {
  /** 0 until the stream's HEADERS are sent (client). */
  readonly id: number;
  /** Belongs to the layer above: its record of the call. */
  owner: unknown;
  /** Bytes that `sendData`/`endData` took but flow control still holds back. */
  readonly queuedBytes: number;
  readonly localClosed: boolean;
  readonly remoteClosed: boolean;
}

/**
 * What a connection can be asked, the same on both sides. Everything is
 * synchronous: it appends to one output buffer, which the edge writes to the
 * socket once per read batch, or once per tick for work begun outside of one.
 */
export interface Http2Sender {
  /** Client: opens a stream with `headers` (request). Undefined while the peer's concurrency limit, a GOAWAY or the end of ids forbids it. */
  openStream(owner: unknown, headers: PreparedHeaders, extra: readonly string[] | undefined, endStream: boolean): Http2Stream | undefined;
  /** Response headers, 1xx or trailers. `extra`: further fields as name, value, .... */
  sendHeaders(stream: Http2Stream, headers: PreparedHeaders, extra: readonly string[] | undefined, endStream: boolean): void;
  /** Opens one DATA payload: write behind `sink.position`, then call `endData`. Nothing else may be called on the connection in between. */
  beginData(stream: Http2Stream): ByteSink;
  /** Closes the payload begun by `beginData`, frames it as the windows allow and queues the rest. False: something is queued, wait for `onDrain`. */
  endData(stream: Http2Stream, endStream: boolean): boolean;
  /** Gives up a payload begun by `beginData` (the codec threw). */
  cancelData(stream: Http2Stream): void;
  /** As begin/endData, for bytes that exist already; not copied when large, so the caller leaves them alone. */
  sendData(stream: Http2Stream, bytes: Uint8Array, endStream: boolean): boolean;
  /** Half-close with nothing left to say. */
  endStream(stream: Http2Stream): void;
  reset(stream: Http2Stream, code: Http2ErrorCode): void;
  /** Manual receive flow control: `count` bytes reported by `onData` have been consumed. Only for streams with `pauseReading`. */
  consumed(stream: Http2Stream, count: number): void;
  /** From now on bytes of this stream count as consumed only when `consumed` says so (back-pressure to the peer). */
  pauseReading(stream: Http2Stream): void;
  /** Server: the peer's stream goes on counting against the concurrency limit until `release`, though it may be gone: a handler still works for it. */
  retain(stream: Http2Stream): void;
  /** The handler of a retained stream has ended. */
  release(stream: Http2Stream): void;
  ping(): void;
  /** Graceful when `code` is NO_ERROR: first 2^31-1 and a PING, then the real id; streams already open finish. */
  goaway(code: Http2ErrorCode, debug?: string): void;
}

/** What a connection reports. Called synchronously from `receive`; `bytes` is valid only during the call. */
export interface ConnectionListener {
  /** Server: request headers. Client: final response headers (1xx are reported by `onInformational`). */
  onHeaders(stream: Http2Stream, block: HeaderBlock, endStream: boolean): void;
  onInformational?(stream: Http2Stream, block: HeaderBlock): void;
  onTrailers(stream: Http2Stream, block: HeaderBlock): void;
  onData(stream: Http2Stream, bytes: Buffer, start: number, end: number, endStream: boolean): void;
  /** The stream died before both sides ended it. `byPeer` is false when we reset it for a protocol error or a limit. `unprocessed`: the peer never handled it (REFUSED_STREAM, or above a GOAWAY's last id), so it is safe to try again. A connection that breaks resets its streams with CONNECT_ERROR, `byPeer` false. */
  onReset(stream: Http2Stream, code: Http2ErrorCode, byPeer: boolean, unprocessed: boolean): void;
  /** Everything queued for the stream has been framed. */
  onDrain(stream: Http2Stream): void;
  /** Client: a stream may be opened again after `openStream` returned undefined. */
  onStreamsAvailable?(): void;
  onGoaway?(lastStreamId: number, code: Http2ErrorCode, debug: string): void;
  onPing?(): void;
  onPong?(): void;
  /** The first SETTINGS of the peer, or a change of them. */
  onSettings?(): void;
  /** Last call of all; every open stream got its `onReset` before. `reason` is for people. */
  onClose(code: Http2ErrorCode, reason: string): void;
}
