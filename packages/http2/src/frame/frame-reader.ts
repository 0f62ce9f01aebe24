import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import type { Stream } from "../stream/stream.js";
import { creditData, openData, receivePayload } from "./data.js";
import { Flag, FRAME_HEADER_BYTES, FrameType, readUint31 } from "./frame-type.js";
import { connectionError, receiveGoaway } from "./goaway.js";
import { fragment, openHeaders, receiveHeaderBlock } from "./headers.js";
import { receivePing } from "./ping.js";
import { receivePriority } from "./priority.js";
import { receiveRstStream } from "./rst-stream.js";
import { receiveSettings } from "./settings.js";
import { receiveWindowUpdate } from "./window-update.js";

/** RFC 9113 §3.4. */
export const PREFACE: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Cuts what arrives into frames (RFC 9113 §4.1) and calls the file of each type.
 * A frame that is all there is read where it lies; only one that a read cuts in
 * two is put together in `carry`. DATA never is: its payload goes up in the
 * pieces in which it arrives.
 */
export class FrameReader {
  private readonly core: Core;
  private carry: Buffer = NOTHING;
  private carried = 0;
  private prefaceMatched: number;

  /** The DATA frame in progress. */
  private dataLeft = 0;
  private paddingLeft = 0;
  private dataStream: Stream | undefined;
  private dataEnds = false;

  /** The header block in progress: 0 when none is. */
  private blockStreamId = 0;
  private blockEnds = false;
  private blockSelfDependent = false;
  private block: Buffer[] = [];
  private blockBytes = 0;
  private continuations = 0;

  constructor(core: Core) {
    this.core = core;
    this.prefaceMatched = core.server ? 0 : PREFACE.length;
  }

  receive(bytes: Buffer, start: number, end: number): void {
    let at = start;
    if (this.prefaceMatched < PREFACE.length) at = this.readPreface(bytes, at, end);
    if (this.carried > 0) at = this.finishCarried(bytes, at, end);
    this.readFrames(bytes, at, end);
  }

  private readFrames(bytes: Buffer, start: number, end: number): void {
    const { core } = this;
    let at = start;
    while (at < end && !core.ended) {
      if (this.dataLeft > 0 || this.paddingLeft > 0) {
        at = this.readData(bytes, at, end);
        continue;
      }
      const needed = this.needed(bytes, at, end);
      if (core.ended) return;
      if (end - at < needed) return this.keep(bytes, at, end, needed);
      this.readFrame(bytes, at, at + needed);
      at += needed;
    }
  }

  /** Bytes that must be there from `at` on before the frame can be read: DATA needs its header and pad length only. */
  private needed(bytes: Buffer, at: number, end: number): number {
    if (end - at < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES;
    const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    if (length > this.core.frameBytesMax) {
      connectionError(
        this.core,
        Http2ErrorCode.FRAME_SIZE_ERROR,
        `a frame of ${length} octets; at most ${this.core.frameBytesMax} are allowed`,
      );
    }
    if (bytes[at + 3] !== FrameType.DATA) return FRAME_HEADER_BYTES + length;
    return (bytes[at + 4]! & Flag.PADDED) !== 0 && length > 0 ? FRAME_HEADER_BYTES + 1 : FRAME_HEADER_BYTES;
  }

  private readFrame(bytes: Buffer, at: number, end: number): void {
    const { core } = this;
    const type = bytes[at + 3]!;
    const flags = bytes[at + 4]!;
    const streamId = readUint31(bytes, at + 5);
    const start = at + FRAME_HEADER_BYTES;
    if (this.blockStreamId !== 0 && (type !== FrameType.CONTINUATION || streamId !== this.blockStreamId)) {
      return connectionError(
        core,
        Http2ErrorCode.PROTOCOL_ERROR,
        `frame of type ${type} inside the header block of stream ${this.blockStreamId}`,
      );
    }
    if (!core.peerSettingsSeen && (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0)) {
      return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `the first frame is of type ${type}, not SETTINGS`);
    }
    switch (type) {
      case FrameType.DATA:
        return this.beginData(bytes, at, flags, streamId);
      case FrameType.HEADERS:
        return this.readHeaders(bytes, start, end, flags, streamId);
      case FrameType.WINDOW_UPDATE:
        return receiveWindowUpdate(core, bytes, start, end, streamId);
      case FrameType.RST_STREAM:
        return receiveRstStream(core, bytes, start, end, streamId);
      case FrameType.PING:
        return receivePing(core, bytes, start, end, flags, streamId);
      case FrameType.SETTINGS:
        return receiveSettings(core, bytes, start, end, flags, streamId);
      case FrameType.GOAWAY:
        return receiveGoaway(core, bytes, start, end, streamId);
      case FrameType.PRIORITY:
        return receivePriority(core, bytes, start, end, streamId);
      case FrameType.CONTINUATION:
        return this.readContinuation(bytes, start, end, flags, streamId);
      case FrameType.PUSH_PROMISE:
        return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE, though push is off");
    }
    // Other types are ignored (RFC 9113 §5.5).
  }

  private beginData(bytes: Buffer, at: number, flags: number, streamId: number): void {
    const { core } = this;
    const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    const stream = openData(core, length, streamId);
    if (core.ended) return;
    let payload = length;
    let padding = 0;
    let overhead = 0;
    if ((flags & Flag.PADDED) !== 0) {
      padding = length > 0 ? bytes[at + FRAME_HEADER_BYTES]! : 0;
      if (padding >= length) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "padding longer than its DATA frame");
      payload -= padding + 1;
      overhead = 1;
    }
    const ends = (flags & Flag.END_STREAM) !== 0;
    if (payload > 0) core.emptyFrames = 0;
    else if (!ends && !this.countEmptyFrame()) return;
    this.dataLeft = payload;
    this.paddingLeft = padding;
    this.dataStream = stream;
    this.dataEnds = ends;
    creditData(core, stream, overhead);
    if (payload === 0 && padding === 0 && stream !== undefined) receivePayload(core, stream, bytes, 0, 0, true, ends);
  }

  /** Payload first, then padding, as far as they are here. END_STREAM takes effect with the last octet of the frame. */
  private readData(bytes: Buffer, at: number, end: number): number {
    const { core } = this;
    let stream = this.dataStream;
    if (stream?.dead === true) stream = undefined;
    const count = Math.min(this.dataLeft, end - at);
    const padding = Math.min(this.paddingLeft, end - at - count);
    this.dataLeft -= count;
    this.paddingLeft -= padding;
    const last = this.dataLeft === 0 && this.paddingLeft === 0;
    if (last) this.dataStream = undefined;
    // As it was before the listener may pause: these bytes count by the rule they came under.
    const paused = stream?.paused === true;
    if (stream !== undefined && (count > 0 || last)) receivePayload(core, stream, bytes, at, at + count, last, this.dataEnds);
    if (!core.ended) creditData(core, paused ? undefined : stream, count);
    if (!core.ended && padding > 0) creditData(core, stream, padding);
    return at + count + padding;
  }

  private readHeaders(bytes: Buffer, start: number, end: number, flags: number, streamId: number): void {
    const { core } = this;
    openHeaders(core, bytes, start, end, flags, streamId);
    if (fragment.start < 0) return;
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) {
      core.emptyFrames = 0;
      return receiveHeaderBlock(core, bytes, fragment.start, fragment.end, streamId, endStream, fragment.selfDependent);
    }
    this.blockStreamId = streamId;
    this.blockEnds = endStream;
    this.blockSelfDependent = fragment.selfDependent;
    this.continuations = 0;
    this.addFragment(bytes, fragment.start, fragment.end);
  }

  private readContinuation(bytes: Buffer, start: number, end: number, flags: number, streamId: number): void {
    const { core } = this;
    if (this.blockStreamId === 0) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS");
    if (++this.continuations > core.limits.continuationFramesMax) {
      return connectionError(core, Http2ErrorCode.ENHANCE_YOUR_CALM, `more than ${core.limits.continuationFramesMax} CONTINUATION frames`);
    }
    this.addFragment(bytes, start, end);
    if (core.ended || (flags & Flag.END_HEADERS) === 0) return;
    const block = Buffer.concat(this.block, this.blockBytes);
    this.block = [];
    this.blockBytes = 0;
    this.blockStreamId = 0;
    core.emptyFrames = 0;
    receiveHeaderBlock(core, block, 0, block.length, streamId, this.blockEnds, this.blockSelfDependent);
  }

  private addFragment(bytes: Buffer, start: number, end: number): void {
    const { core } = this;
    if (start === end && !this.countEmptyFrame()) return;
    this.blockBytes += end - start;
    if (this.blockBytes > core.limits.headerBlockBytesMax) {
      return connectionError(core, Http2ErrorCode.ENHANCE_YOUR_CALM, `a header block over ${core.limits.headerBlockBytesMax} octets`);
    }
    this.block.push(Buffer.from(bytes.subarray(start, end)));
  }

  private countEmptyFrame(): boolean {
    const { core } = this;
    if (++core.emptyFrames <= core.limits.emptyFramesMax) return true;
    connectionError(core, Http2ErrorCode.ENHANCE_YOUR_CALM, `${core.emptyFrames} frames in a row without content`);
    return false;
  }

  private readPreface(bytes: Buffer, start: number, end: number): number {
    const { core } = this;
    let at = start;
    for (; at < end && this.prefaceMatched < PREFACE.length; at++, this.prefaceMatched++) {
      if (bytes[at] === PREFACE[this.prefaceMatched]) continue;
      connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `no HTTP/2 preface: ${describeOpening(bytes, start, end)}`);
      return end;
    }
    if (this.prefaceMatched === PREFACE.length) {
      core.prefaceSeen = true;
      core.prefaceMs = core.nowMs;
    }
    return at;
  }

  /** Copies the frame that the read cut in two. The buffer grows with what has arrived, not with what a header claims. */
  private keep(bytes: Buffer, start: number, end: number, needed: number): void {
    const count = end - start;
    const room = Math.min(needed, Math.max(1024, this.carried + count * 2));
    if (this.carry.length < this.carried + count) {
      const grown = Buffer.allocUnsafe(Math.max(room, this.carried + count));
      this.carry.copy(grown, 0, 0, this.carried);
      this.carry = grown;
    }
    bytes.copy(this.carry, this.carried, start, end);
    this.carried += count;
  }

  /** Completes the carried frame; first its header, which then tells how long it is. */
  private finishCarried(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (this.carried > 0 && at < end && !this.core.ended) {
      const needed = this.needed(this.carry, 0, this.carried);
      if (this.core.ended) return end;
      const take = Math.min(needed - this.carried, end - at);
      this.keep(bytes, at, at + take, needed);
      at += take;
      if (this.carried < needed || this.needed(this.carry, 0, this.carried) > this.carried) continue;
      const frame = this.carry;
      const length = this.carried;
      this.carry = NOTHING;
      this.carried = 0;
      if (this.core.ended) return end;
      this.readFrame(frame, 0, length);
    }
    return at;
  }
}

/** What a peer that speaks something else probably speaks. */
function describeOpening(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] === 0x16 && bytes[start + 1] === 0x03) return "a TLS handshake on a plaintext port";
  const line = bytes.toString("latin1", start, Math.min(end, start + 64)).split("\r\n", 1)[0] ?? "";
  return /^[A-Z]+ \S+ HTTP\/1/.test(line) ? `an HTTP/1 request (${JSON.stringify(line)})` : "other bytes";
}
