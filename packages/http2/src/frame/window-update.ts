import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { resumeStream } from "../flow/send-queue.js";
import type { Stream } from "../stream/stream.js";
import { FRAME_HEADER_BYTES, FrameType, readUint31, WINDOW_BYTES_MAX, writeFrameHeader, writeUint32 } from "./frame-type.js";
import { connectionError } from "./goaway.js";
import { PING_ESTIMATE, writePing } from "./ping.js";
import { isIdle, streamError } from "./rst-stream.js";
import { writeInitialWindow } from "./settings.js";

/** RFC 9113 §6.9. */
export function receiveWindowUpdate(core: Core, bytes: Buffer, start: number, end: number, streamId: number): void {
  if (end - start !== 4) return connectionError(core, Http2ErrorCode.FRAME_SIZE_ERROR, "WINDOW_UPDATE is not 4 octets long");
  const increment = readUint31(bytes, start);
  if (streamId === 0) return growConnection(core, increment);
  const stream = core.streams.get(streamId);
  if (stream === undefined) {
    if (isIdle(core, streamId)) connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `WINDOW_UPDATE on idle stream ${streamId}`);
    return;
  }
  if (increment === 0) return streamError(core, streamId, Http2ErrorCode.PROTOCOL_ERROR);
  if (stream.sendWindow + increment > WINDOW_BYTES_MAX) return streamError(core, streamId, Http2ErrorCode.FLOW_CONTROL_ERROR);
  stream.sendWindow += increment;
  if (stream.queue !== undefined) resumeStream(core, stream);
}

function growConnection(core: Core, increment: number): void {
  if (increment === 0) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE by 0");
  if (core.sendWindow + increment > WINDOW_BYTES_MAX) {
    return connectionError(core, Http2ErrorCode.FLOW_CONTROL_ERROR, "the connection's window exceeds 2^31-1");
  }
  core.sendWindow += increment;
  core.creditedBytes += increment;
}

export function writeWindowUpdate(core: Core, streamId: number, increment: number): void {
  const sink = core.room(FRAME_HEADER_BYTES + 4);
  writeFrameHeader(sink.bytes, sink.position, 4, FrameType.WINDOW_UPDATE, 0, streamId);
  writeUint32(sink.bytes, sink.position + FRAME_HEADER_BYTES, increment);
  sink.position += FRAME_HEADER_BYTES + 4;
}

/** Gives connection credit back, half a window at a time, unless too much of it lies unconsumed. */
export function creditConnection(core: Core): void {
  if (core.uncreditedBytes * 2 < core.receiveWindowTarget) return;
  if (core.unconsumedBytes > core.limits.unconsumedBytesMax) return;
  const credit = core.uncreditedBytes;
  writeWindowUpdate(core, 0, credit);
  core.receiveWindow += credit;
  core.uncreditedBytes = 0;
  if (core.estimate.begin(core.nowMs, credit)) writePing(core, PING_ESTIMATE, false);
}

/** Gives stream credit back, half a window at a time. */
export function creditStream(core: Core, stream: Stream): void {
  if (stream.remoteClosed || stream.uncreditedBytes * 2 < core.estimate.windowBytes) return;
  writeWindowUpdate(core, stream.id, stream.uncreditedBytes);
  stream.receiveWindow += stream.uncreditedBytes;
  stream.uncreditedBytes = 0;
}

/** The bandwidth estimate has grown: so do the connection's window, at once, and those of all streams, by SETTINGS. */
export function growWindow(core: Core, windowBytes: number): void {
  const growth = windowBytes - core.receiveWindowTarget;
  if (growth > 0) {
    core.receiveWindowTarget = windowBytes;
    core.receiveWindow += growth;
    writeWindowUpdate(core, 0, growth);
  }
  writeInitialWindow(core, windowBytes);
}
