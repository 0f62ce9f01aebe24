import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { Ending } from "../stream/closed-streams.js";
import { bury } from "../stream/lifecycle.js";
import { FRAME_HEADER_BYTES, FrameType, readUint31, readUint32, STREAM_ID_MAX, writeFrameHeader, writeUint32 } from "./frame-type.js";
import { PING_GOAWAY, writePing } from "./ping.js";

/** Octets of additional debug data that are sent or kept. */
const DEBUG_BYTES_MAX = 256;

/** RFC 9113 §6.8. */
export function receiveGoaway(core: Core, bytes: Buffer, start: number, end: number, streamId: number): void {
  if (streamId !== 0) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `GOAWAY on stream ${streamId}`);
  if (end - start < 8) return connectionError(core, Http2ErrorCode.FRAME_SIZE_ERROR, "GOAWAY is under 8 octets long");
  const lastStreamId = readUint31(bytes, start);
  const code = readUint32(bytes, start + 4) as Http2ErrorCode;
  const debug = bytes.toString("utf8", start + 8, Math.min(end, start + 8 + DEBUG_BYTES_MAX));
  core.goawayReceived = true;
  core.listener.onGoaway?.(lastStreamId, code, debug);
  if (core.server || core.ended) return;
  for (const stream of core.streams.all()) {
    if (stream.id <= lastStreamId || stream.dead) continue;
    bury(core, stream, Ending.WE_RESET);
    core.listener.onReset(stream, code, true, true);
  }
}

export function writeGoaway(core: Core, lastStreamId: number, code: Http2ErrorCode, debug: string): void {
  const data = Buffer.from(debug, "utf8").subarray(0, DEBUG_BYTES_MAX);
  const sink = core.room(FRAME_HEADER_BYTES + 8 + data.length);
  const at = sink.position;
  writeFrameHeader(sink.bytes, at, 8 + data.length, FrameType.GOAWAY, 0, 0);
  writeUint32(sink.bytes, at + FRAME_HEADER_BYTES, lastStreamId);
  writeUint32(sink.bytes, at + FRAME_HEADER_BYTES + 4, code);
  data.copy(sink.bytes, at + FRAME_HEADER_BYTES + 8);
  sink.position = at + FRAME_HEADER_BYTES + 8 + data.length;
  core.goawaySentId = lastStreamId;
}

/** The peer broke a rule of the connection (RFC 9113 §5.4.1): GOAWAY, then close. */
export function connectionError(core: Core, code: Http2ErrorCode, reason: string): void {
  if (core.ended) return;
  writeGoaway(core, core.lastPeerStreamId, code, reason);
  core.close(code, reason);
}

/**
 * Begins to drain. A server first promises nothing (2^31-1) and sends a PING:
 * when its ACK is here, every stream that the client opened without knowing has
 * arrived too, and the second GOAWAY names the real last id (RFC 9113 §6.8).
 */
export function beginDraining(core: Core, debug: string): void {
  if (core.draining || core.ended) return;
  core.draining = true;
  if (core.server) {
    writeGoaway(core, STREAM_ID_MAX, Http2ErrorCode.NO_ERROR, debug);
    core.goawayPingOut = true;
    writePing(core, PING_GOAWAY, false);
  } else {
    writeGoaway(core, 0, Http2ErrorCode.NO_ERROR, debug);
  }
}

/** The ACK of the PING behind the first GOAWAY. */
export function continueDraining(core: Core): void {
  if (!core.goawayPingOut) return;
  core.goawayPingOut = false;
  writeGoaway(core, core.lastPeerStreamId, Http2ErrorCode.NO_ERROR, "");
}
