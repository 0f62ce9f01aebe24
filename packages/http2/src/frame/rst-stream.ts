import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { Ending } from "../stream/closed-streams.js";
import { bury } from "../stream/lifecycle.js";
import { FRAME_HEADER_BYTES, FrameType, readUint32, writeFrameHeader, writeUint32 } from "./frame-type.js";
import { connectionError } from "./goaway.js";

/** RFC 9113 §6.4. */
export function receiveRstStream(core: Core, bytes: Buffer, start: number, end: number, streamId: number): void {
  if (end - start !== 4) return connectionError(core, Http2ErrorCode.FRAME_SIZE_ERROR, "RST_STREAM is not 4 octets long");
  if (streamId === 0) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "RST_STREAM on stream 0");
  const stream = core.streams.get(streamId);
  if (stream === undefined) {
    if (isIdle(core, streamId)) connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `RST_STREAM on idle stream ${streamId}`);
    else countReset(core);
    return;
  }
  if (!countReset(core)) return;
  const code = readUint32(bytes, start) as Http2ErrorCode;
  bury(core, stream, Ending.PEER_RESET);
  core.listener.onReset(stream, code, true, code === Http2ErrorCode.REFUSED_STREAM);
}

export function writeRstStream(core: Core, streamId: number, code: Http2ErrorCode): void {
  const sink = core.room(FRAME_HEADER_BYTES + 4);
  writeFrameHeader(sink.bytes, sink.position, 4, FrameType.RST_STREAM, 0, streamId);
  writeUint32(sink.bytes, sink.position + FRAME_HEADER_BYTES, code);
  sink.position += FRAME_HEADER_BYTES + 4;
}

/** A server pays for each stream that its client wastes. False: the budget is gone and so is the connection. */
export function countReset(core: Core): boolean {
  if (!core.server || core.resets.take(core.nowMs)) return true;
  connectionError(core, Http2ErrorCode.ENHANCE_YOUR_CALM, `more than ${core.limits.resetsBurstMax} streams reset`);
  return false;
}

/** The peer broke a rule on one stream: reset it, tell the listener, and count it. */
export function streamError(core: Core, streamId: number, code: Http2ErrorCode): void {
  if (!core.countControlFrame() || !countReset(core)) return;
  const stream = core.streams.get(streamId);
  writeRstStream(core, streamId, code);
  if (stream === undefined) {
    core.closed.add(streamId, Ending.WE_RESET);
    return;
  }
  bury(core, stream, Ending.WE_RESET);
  core.listener.onReset(stream, code, false, false);
}

/** Never used by either side (RFC 9113 §5.1.1). */
export function isIdle(core: Core, streamId: number): boolean {
  const ours = (streamId & 1) === (core.server ? 0 : 1);
  return ours ? streamId >= core.nextStreamId || core.server : streamId > core.lastPeerStreamId;
}
