import { ByteSink } from "./byte-sink.js";
import type { ConnectionListener, Http2Sender, Http2Stream, PreparedHeaders } from "./connection-listener.js";
import { Core, type Role } from "./core.js";
import { Http2ErrorCode } from "./error-code.js";
import { BYPASS_BYTES, OUTPUT_BYTES_MAX, outputLength, pumpQueues, sendOrQueue } from "./flow/send-queue.js";
import { FrameReader, PREFACE } from "./frame/frame-reader.js";
import { Flag, FRAME_HEADER_BYTES, FrameType, STREAM_ID_MAX, writeFrameHeader } from "./frame/frame-type.js";
import { beginDraining, connectionError } from "./frame/goaway.js";
import { writeHeaders } from "./frame/headers.js";
import { PING_KEEPALIVE, writePing } from "./frame/ping.js";
import { writeRstStream } from "./frame/rst-stream.js";
import { writeFirstSettings } from "./frame/settings.js";
import { creditConnection, creditStream, writeWindowUpdate } from "./frame/window-update.js";
import { checkTimeouts } from "./guard/timeouts.js";
import { writeExtraFields } from "./hpack/prepared-headers.js";
import { type Http2Limits, resolveLimits } from "./limits.js";
import type { OutputBatch } from "./output-batch.js";
import { Ending } from "./stream/closed-streams.js";
import { bury, closeLocal, finishDraining } from "./stream/lifecycle.js";
import { Stream } from "./stream/stream.js";

export interface Http2ConnectionOptions {
  readonly role: Role;
  /** @default HTTP2_LIMITS_DEFAULT, field by field */
  readonly limits?: Partial<Http2Limits>;
  /** The time at which the connection begins, on the clock that `receive` and `tick` use. @default 0 */
  readonly nowMs?: number;
}

/** Payloads that must be cut or queued are copied out of the output buffer below this, and above it take the buffer with them. */
const DETACH_BYTES: number = 32 * 1024;

/** Takes the payload that is written for a stream that is gone. */
const graveyard: ByteSink = new ByteSink(1024);

/**
 * One HTTP/2 connection without a socket: bytes and the time go in, calls of the
 * listener and bytes come out. Whoever drives it calls `receive` for each read,
 * `tick` about once a second, and writes what `takeOutput` returns, until it
 * returns undefined, after each of them and whenever `onOutput` fires.
 *
 * Calls on a stream that has ended do nothing, so that a handler need not know
 * that its caller is gone. (Past 300 lines: the methods of one interface, each
 * a few lines that hand on to the folders.)
 */
export class Http2Connection implements Http2Sender {
  private readonly core: Core;
  private readonly reader: FrameReader;
  private dataStart = 0;

  constructor(options: Http2ConnectionOptions, listen: (connection: Http2Connection) => ConnectionListener) {
    this.core = new Core(options.role, resolveLimits(options.limits), options.nowMs ?? 0);
    this.reader = new FrameReader(this.core);
    this.core.listener = listen(this);
    this.begin();
  }

  private begin(): void {
    const { core } = this;
    if (!core.server) {
      const sink = core.room(PREFACE.length);
      PREFACE.copy(sink.bytes, sink.position);
      sink.position += PREFACE.length;
    }
    writeFirstSettings(core);
    creditInitialWindow(core);
  }

  /** Called, at most once between two rounds of `takeOutput`, when output appears outside of `receive`. */
  set onOutput(wake: () => void) {
    this.core.wake = wake;
  }

  /** True once no frame will come or go any more; take the output that is left, then close the transport. */
  get ended(): boolean {
    return this.core.ended;
  }

  get role(): Role {
    return this.core.server ? "server" : "client";
  }

  /** Streams open now, in both directions. */
  get openStreams(): number {
    return this.core.streams.size;
  }

  /** Client: how many streams the peer allows at once. */
  get peerStreamsMax(): number {
    return this.core.peerStreamsMax;
  }

  /** The peer's first SETTINGS have arrived. */
  get ready(): boolean {
    return this.core.peerSettingsSeen;
  }

  /** Client: whether `openStream` would open one now. */
  get canOpenStream(): boolean {
    const { core } = this;
    return (
      !core.server &&
      !core.ended &&
      !core.draining &&
      !core.goawayReceived &&
      core.nextStreamId <= STREAM_ID_MAX &&
      core.streams.size < core.peerStreamsMax
    );
  }

  /** Bytes in `bytes[start, end)` arrived at `nowMs`. They are not kept. */
  receive(bytes: Buffer, start: number, end: number, nowMs: number): void {
    const { core } = this;
    core.nowMs = nowMs;
    if (core.ended) return;
    core.awake = true;
    this.reader.receive(bytes, start, end);
  }

  /** Time passes: limits in time are checked. */
  tick(nowMs: number): void {
    this.core.nowMs = nowMs;
    checkTimeouts(this.core);
  }

  /** What is to be written now, in order, or undefined. Call `recycle` on it when it is written. While it is not called, data queues with its streams. */
  takeOutput(): OutputBatch | undefined {
    const { core } = this;
    if (core.waiting.length > 0) pumpQueues(core);
    const { out } = core;
    core.out = undefined;
    core.queuedAcks = 0;
    core.queuedControlFrames = 0;
    if (out !== undefined) {
      if (out.length > 0) return out;
      // A message was begun in it, and its windows were closed.
      out.recycle();
    }
    if (core.draining || core.goawayReceived) finishDraining(core);
    core.awake = false;
    return undefined;
  }

  /** The transport is gone. Open streams are reset with CONNECT_ERROR, `byPeer` false. */
  transportClosed(reason: string): void {
    const idle = this.core.streams.size === 0 && (this.core.draining || this.core.goawayReceived);
    this.core.close(idle ? Http2ErrorCode.NO_ERROR : Http2ErrorCode.CONNECT_ERROR, reason);
  }

  openStream(owner: unknown, headers: PreparedHeaders, extra: readonly string[] | undefined, endStream: boolean): Http2Stream | undefined {
    const { core } = this;
    if (!this.canOpenStream) {
      core.streamsRefused = core.streams.size >= core.peerStreamsMax;
      return undefined;
    }
    const id = core.nextStreamId;
    writeHeaders(core, id, headers, extra, endStream);
    core.nextStreamId = id + 2;
    const stream = new Stream(id, core.peerInitialWindow, core.initialReceiveWindow);
    stream.owner = owner;
    stream.request = headers;
    stream.localClosed = endStream;
    core.streams.add(stream);
    return stream;
  }

  sendHeaders(stream: Http2Stream, headers: PreparedHeaders, extra: readonly string[] | undefined, endStream: boolean): void {
    const { core } = this;
    const own = stream as Stream;
    if (own.localClosed) return;
    if (own.queue !== undefined) {
      own.queuedTrailers = encodeApart(headers, extra);
      return;
    }
    writeHeaders(core, own.id, headers, extra, endStream);
    if (endStream) closeLocal(core, own);
  }

  beginData(stream: Http2Stream): ByteSink {
    if ((stream as Stream).localClosed) {
      graveyard.position = 0;
      return graveyard;
    }
    const sink = this.core.room(FRAME_HEADER_BYTES);
    this.dataStart = sink.position;
    sink.position += FRAME_HEADER_BYTES;
    return sink;
  }

  endData(stream: Http2Stream, endStream: boolean): boolean {
    const { core } = this;
    const own = stream as Stream;
    if (own.localClosed) return true;
    const { sink } = core.out!;
    const start = this.dataStart;
    const length = sink.position - start - FRAME_HEADER_BYTES;
    if (length === 0) {
      sink.position = start;
      if (endStream) this.endStream(stream);
      return own.queue === undefined;
    }
    if (
      own.queue === undefined &&
      length <= own.sendWindow &&
      length <= core.sendWindow &&
      length <= core.peerFrameBytesMax &&
      outputLength(core) < OUTPUT_BYTES_MAX
    ) {
      writeFrameHeader(sink.bytes, start, length, FrameType.DATA, endStream ? Flag.END_STREAM : 0, own.id);
      own.sendWindow -= length;
      core.sendWindow -= length;
      if (endStream) closeLocal(core, own);
      return true;
    }
    if (length >= DETACH_BYTES) return sendOrQueue(core, own, core.out!.detach(start, start + FRAME_HEADER_BYTES), endStream);
    const payload = Buffer.from(sink.bytes.subarray(start + FRAME_HEADER_BYTES, sink.position));
    sink.position = start;
    return sendOrQueue(core, own, payload, endStream);
  }

  cancelData(stream: Http2Stream): void {
    if (!(stream as Stream).localClosed) this.core.out!.sink.position = this.dataStart;
  }

  sendData(stream: Http2Stream, bytes: Uint8Array, endStream: boolean): boolean {
    const own = stream as Stream;
    if (own.localClosed || own.queueEnds) return true;
    if (bytes.length > 0 && bytes.length < BYPASS_BYTES && own.queue === undefined) {
      const sink = this.beginData(stream);
      sink.reserve(bytes.length);
      sink.bytes.set(bytes, sink.position);
      sink.position += bytes.length;
      return this.endData(stream, endStream);
    }
    if (bytes.length > 0) return sendOrQueue(this.core, own, bytes, endStream);
    if (endStream) this.endStream(stream);
    return own.queue === undefined;
  }

  endStream(stream: Http2Stream): void {
    const { core } = this;
    const own = stream as Stream;
    if (own.localClosed) return;
    if (own.queue !== undefined) {
      own.queueEnds = true;
      return;
    }
    const sink = core.room(FRAME_HEADER_BYTES);
    writeFrameHeader(sink.bytes, sink.position, 0, FrameType.DATA, Flag.END_STREAM, own.id);
    sink.position += FRAME_HEADER_BYTES;
    closeLocal(core, own);
  }

  reset(stream: Http2Stream, code: Http2ErrorCode): void {
    const own = stream as Stream;
    if (own.dead) return;
    writeRstStream(this.core, own.id, code);
    bury(this.core, own, Ending.WE_RESET);
  }

  consumed(stream: Http2Stream, count: number): void {
    const { core } = this;
    const own = stream as Stream;
    if (own.dead || count === 0) return;
    const known = Math.min(count, own.unconsumedBytes);
    own.unconsumedBytes -= known;
    core.unconsumedBytes -= known;
    own.uncreditedBytes += known;
    creditStream(core, own);
    creditConnection(core);
  }

  pauseReading(stream: Http2Stream): void {
    (stream as Stream).paused = true;
  }

  retain(stream: Http2Stream): void {
    (stream as Stream).retained = true;
  }

  release(stream: Http2Stream): void {
    const own = stream as Stream;
    if (own.retained && own.dead) this.core.retainedStreams--;
    own.retained = false;
  }

  ping(): void {
    if (!this.core.ended) writePing(this.core, PING_KEEPALIVE, false);
  }

  goaway(code: Http2ErrorCode, debug = ""): void {
    if (code === Http2ErrorCode.NO_ERROR) beginDraining(this.core, debug);
    else connectionError(this.core, code, debug);
  }
}

/** The connection's window begins at 65,535 whatever SETTINGS say (RFC 9113 §6.9.2). */
function creditInitialWindow(core: Core): void {
  const growth = core.receiveWindowTarget - core.receiveWindow;
  if (growth <= 0) return;
  core.uncreditedBytes = 0;
  core.receiveWindow += growth;
  writeWindowUpdate(core, 0, growth);
}

function encodeApart(headers: PreparedHeaders, extra: readonly string[] | undefined): Uint8Array {
  if (extra === undefined) return headers.bytes;
  const sink = new ByteSink(headers.bytes.length + 256);
  sink.reserve(headers.bytes.length);
  sink.bytes.set(headers.bytes, 0);
  sink.position = headers.bytes.length;
  writeExtraFields(sink, extra);
  return sink.bytes.subarray(0, sink.position);
}
