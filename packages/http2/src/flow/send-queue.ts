import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { Flag, FRAME_HEADER_BYTES, FrameType, writeFrameHeader } from "../frame/frame-type.js";
import { connectionError } from "../frame/goaway.js";
import { writeHeaderBlock } from "../frame/headers.js";
import { closeLocal } from "../stream/lifecycle.js";
import type { Stream } from "../stream/stream.js";

/** A connection frames no further DATA while this much waits to be written: what is queued stays with its stream. */
export const OUTPUT_BYTES_MAX: number = 1024 * 1024;
/** Pieces from this size on are written from where they are; smaller ones are copied behind their frame header. */
export const BYPASS_BYTES: number = 8 * 1024;
/** A frame shorter than this, with more behind it, was cut by a window doled out in crumbs (CVE-2019-9511). */
const DRIBBLE_BYTES = 128;
/** For so much sent, one frame that was cut short is forgiven; */
const DRIBBLE_FORGIVEN_BYTES = 4 * 1024;
/** what was sent before the last window's worth forgives nothing. */
const PEER_WINDOW_BYTES = 64 * 1024;

/** Frames `bytes` as far as windows and output allow and queues the rest. False: something is queued. */
export function sendOrQueue(core: Core, stream: Stream, bytes: Uint8Array, endStream: boolean): boolean {
  stream.queueEnds = endStream;
  if (bytes.length > 0) {
    if (stream.queue === undefined) {
      stream.queue = [bytes];
      stream.queueOffset = 0;
      stream.progressMs = core.nowMs;
    } else stream.queue.push(bytes);
    if (core.queuedBytes === 0) core.progressMs = core.nowMs;
    stream.queuedBytes += bytes.length;
    core.queuedBytes += bytes.length;
  }
  while (stream.queue !== undefined && canSend(core, stream)) sendFrame(core, stream);
  if (stream.queue === undefined) return true;
  resumeStream(core, stream);
  return false;
}

/** Puts a stream with queued bytes among those that take turns, once its own window is open. */
export function resumeStream(core: Core, stream: Stream): void {
  if (stream.waiting || stream.sendWindow <= 0) return;
  stream.waiting = true;
  core.waiting.push(stream);
}

/** Frames what is queued, one frame a stream in turn, until windows, output or queues end. */
export function pumpQueues(core: Core): void {
  while (core.waiting.length > 0 && core.sendWindow > 0 && outputLength(core) < OUTPUT_BYTES_MAX) {
    const turn = core.waiting;
    core.waiting = [];
    for (const stream of turn) {
      stream.waiting = false;
      if (stream.dead || stream.queue === undefined) continue;
      if (canSend(core, stream)) {
        sendFrame(core, stream);
        if (core.ended) return;
        if (stream.queue === undefined && !stream.localClosed) core.listener.onDrain(stream);
      }
      if (stream.queue !== undefined) resumeStream(core, stream);
    }
  }
}

export function outputLength(core: Core): number {
  return core.out === undefined ? 0 : core.out.length;
}

function canSend(core: Core, stream: Stream): boolean {
  return stream.sendWindow > 0 && core.sendWindow > 0 && outputLength(core) < OUTPUT_BYTES_MAX;
}

/** One DATA frame from the head of the stream's queue; several small payloads share it. */
function sendFrame(core: Core, stream: Stream): void {
  const length = Math.min(stream.sendWindow, core.sendWindow, core.peerFrameBytesMax, stream.queuedBytes);
  const last = length === stream.queuedBytes;
  const ends = last && stream.queueEnds && stream.queuedTrailers === undefined;
  const sink = core.room(FRAME_HEADER_BYTES);
  writeFrameHeader(sink.bytes, sink.position, length, FrameType.DATA, ends ? Flag.END_STREAM : 0, stream.id);
  sink.position += FRAME_HEADER_BYTES;
  takeQueued(core, stream, length);
  stream.sendWindow -= length;
  core.sendWindow -= length;
  stream.queuedBytes -= length;
  core.queuedBytes -= length;
  stream.progressMs = core.nowMs;
  core.progressMs = core.nowMs;
  if (last) finishQueue(core, stream, ends);
  else if (length < DRIBBLE_BYTES && isDribble(core) && !core.dribbles.take(core.nowMs)) {
    connectionError(core, Http2ErrorCode.ENHANCE_YOUR_CALM, `windows too small for ${core.limits.dribbledFramesBurstMax} frames`);
  }
}

/** A full window, too, ends in a frame that is cut short; but it takes many bytes to get there, where crumbs take none. */
function isDribble(core: Core): boolean {
  const sentBytes = core.creditedBytes - core.sendWindow;
  if (sentBytes - core.forgivenBytes < DRIBBLE_FORGIVEN_BYTES) return true;
  core.forgivenBytes = Math.max(core.forgivenBytes + DRIBBLE_FORGIVEN_BYTES, sentBytes - PEER_WINDOW_BYTES);
  return false;
}

function finishQueue(core: Core, stream: Stream, ends: boolean): void {
  stream.queue = undefined;
  const trailers = stream.queuedTrailers;
  if (trailers !== undefined) {
    stream.queuedTrailers = undefined;
    const sink = core.room(FRAME_HEADER_BYTES + trailers.length);
    const start = sink.position;
    sink.bytes.set(trailers, start + FRAME_HEADER_BYTES);
    sink.position += FRAME_HEADER_BYTES + trailers.length;
    writeHeaderBlock(core, stream.id, start, true);
    closeLocal(core, stream);
  } else if (ends) closeLocal(core, stream);
}

function takeQueued(core: Core, stream: Stream, length: number): void {
  const queue = stream.queue!;
  let left = length;
  let used = 0;
  while (left > 0) {
    const payload = queue[used]!;
    const piece = payload.subarray(stream.queueOffset, stream.queueOffset + left);
    if (piece.length >= BYPASS_BYTES) core.out!.pushPart(piece);
    else {
      const sink = core.room(piece.length);
      sink.bytes.set(piece, sink.position);
      sink.position += piece.length;
    }
    left -= piece.length;
    stream.queueOffset += piece.length;
    if (stream.queueOffset === payload.length) {
      used++;
      stream.queueOffset = 0;
    }
  }
  if (used > 0) queue.splice(0, used);
}
