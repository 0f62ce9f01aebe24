import type { Http2Stream, PreparedHeaders } from "../connection-listener.js";

/**
 * One stream. RFC 9113 §5.1 without push:
 *
 *                      idle
 *                        | HEADERS sent (client) or received (server)
 *                        v
 *              +------- open -------+
 *   END_STREAM |          |         | END_STREAM
 *     received |          |         | sent
 *              v          |         v
 *     half-closed         |      half-closed
 *       (remote)          |        (local)
 *     remoteClosed        |      localClosed
 *              |          | RST     |
 *   END_STREAM | or RST   |         | END_STREAM or RST
 *         sent |          v         | received
 *              +------> closed <----+
 *                       dead
 *
 * `idle` is an id above the last one used; `closed` an id that the stream table
 * no longer knows. A plain record: no emitter, no closures.
 */
export class Stream implements Http2Stream {
  readonly id: number;
  owner: unknown = undefined;
  localClosed = false;
  remoteClosed = false;
  /** Closed: calls on it do nothing. */
  dead = false;
  /** The final header list has been received (a further one is trailers). */
  headersReceived = false;
  /** The layer above holds the peer's slot (retain). */
  retained = false;
  /** Received bytes count as consumed only when `consumed` says so. */
  paused = false;
  /** May turn negative (RFC 9113 §6.9.2). */
  sendWindow: number;
  receiveWindow: number;
  /** Consumed, but not yet given back to the peer. */
  uncreditedBytes = 0;
  /** Reported by onData and not yet consumed; only while `paused`. */
  unconsumedBytes = 0;
  /** What content-length still promises; -1 without one. */
  contentLeft = -1;
  /** Client: what was asked, for replies whose length depends on it (HEAD). */
  request: PreparedHeaders | undefined = undefined;

  queuedBytes = 0;
  /** Payloads that flow control holds back, oldest first. */
  queue: Uint8Array[] | undefined = undefined;
  /** How far the oldest has been framed. */
  queueOffset = 0;
  /** The last queued payload ends the stream. */
  queueEnds = false;
  /** A block of trailers behind the queue. */
  queuedTrailers: Uint8Array | undefined = undefined;
  /** In the connection's list of streams that could send now. */
  waiting = false;
  /** When queued bytes last moved. */
  progressMs = 0;

  constructor(id: number, sendWindow: number, receiveWindow: number) {
    this.id = id;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }
}
