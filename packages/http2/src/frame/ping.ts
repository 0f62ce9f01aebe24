import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { Flag, FRAME_HEADER_BYTES, FrameType, writeFrameHeader } from "./frame-type.js";
import { connectionError, continueDraining } from "./goaway.js";
import { growWindow } from "./window-update.js";

const PING_BYTES = 8;
/** Three purposes, told apart by what the ACK echoes. */
export const PING_KEEPALIVE: Uint8Array = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1);
export const PING_ESTIMATE: Uint8Array = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2);
export const PING_GOAWAY: Uint8Array = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3);

/** RFC 9113 §6.7. */
export function receivePing(core: Core, bytes: Buffer, start: number, end: number, flags: number, streamId: number): void {
  if (streamId !== 0) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `PING on stream ${streamId}`);
  if (end - start !== PING_BYTES) return connectionError(core, Http2ErrorCode.FRAME_SIZE_ERROR, "PING is not 8 octets long");
  if ((flags & Flag.ACK) !== 0) return receiveAck(core, bytes, start);
  if (++core.queuedAcks > core.limits.queuedAcksMax) {
    return connectionError(
      core,
      Http2ErrorCode.ENHANCE_YOUR_CALM,
      `${core.queuedAcks} acknowledgements wait for a peer that does not read`,
    );
  }
  if (!core.countControlFrame()) return;
  writePing(core, bytes.subarray(start, end), true);
  core.listener.onPing?.();
}

function receiveAck(core: Core, bytes: Buffer, start: number): void {
  for (let at = 0; at < PING_BYTES - 1; at++) if (bytes[start + at] !== 0) return;
  switch (bytes[start + PING_BYTES - 1]) {
    case 1:
      core.listener.onPong?.();
      break;
    case 2:
      if (core.estimate.finish(core.nowMs)) growWindow(core, core.estimate.windowBytes);
      break;
    case 3:
      continueDraining(core);
      break;
  }
}

export function writePing(core: Core, payload: Uint8Array, ack: boolean): void {
  const sink = core.room(FRAME_HEADER_BYTES + PING_BYTES);
  writeFrameHeader(sink.bytes, sink.position, PING_BYTES, FrameType.PING, ack ? Flag.ACK : 0, 0);
  for (let at = 0; at < PING_BYTES; at++) sink.bytes[sink.position + FRAME_HEADER_BYTES + at] = payload[at]!;
  sink.position += FRAME_HEADER_BYTES + PING_BYTES;
}
