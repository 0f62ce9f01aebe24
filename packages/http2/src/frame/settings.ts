import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { resumeStream } from "../flow/send-queue.js";
import { TABLE_BYTES_INITIAL } from "../hpack/header-decoder.js";
import { Flag, FRAME_HEADER_BYTES, FrameType, readUint32, WINDOW_BYTES_MAX, writeFrameHeader, writeUint32 } from "./frame-type.js";
import { connectionError } from "./goaway.js";

/** RFC 9113 §6.5.2. */
const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

const SETTING_BYTES = 6;

/** RFC 9113 §6.5. */
export function receiveSettings(core: Core, bytes: Buffer, start: number, end: number, flags: number, streamId: number): void {
  const length = end - start;
  if (streamId !== 0) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `SETTINGS on stream ${streamId}`);
  if ((flags & Flag.ACK) !== 0) {
    if (length !== 0) return connectionError(core, Http2ErrorCode.FRAME_SIZE_ERROR, "SETTINGS ACK with a payload");
    return receiveAck(core);
  }
  if (length % SETTING_BYTES !== 0) return connectionError(core, Http2ErrorCode.FRAME_SIZE_ERROR, `SETTINGS of ${length} octets`);
  if (length / SETTING_BYTES > core.limits.settingsPerFrameMax) {
    return connectionError(core, Http2ErrorCode.ENHANCE_YOUR_CALM, `${length / SETTING_BYTES} settings in one frame`);
  }
  for (let at = start; at < end; at += SETTING_BYTES) {
    applySetting(core, (bytes[at]! << 8) | bytes[at + 1]!, readUint32(bytes, at + 2));
    if (core.ended) return;
  }
  core.peerSettingsSeen = true;
  if (++core.queuedAcks > core.limits.queuedAcksMax) {
    return connectionError(
      core,
      Http2ErrorCode.ENHANCE_YOUR_CALM,
      `${core.queuedAcks} acknowledgements wait for a peer that does not read`,
    );
  }
  if (!core.countControlFrame()) return;
  const sink = core.room(FRAME_HEADER_BYTES);
  writeFrameHeader(sink.bytes, sink.position, 0, FrameType.SETTINGS, Flag.ACK, 0);
  sink.position += FRAME_HEADER_BYTES;
  core.listener.onSettings?.();
}

function receiveAck(core: Core): void {
  if (core.unackedSettings === 0) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "SETTINGS ACK for nothing");
  core.unackedSettings--;
  core.settingsSentMs = core.unackedSettings === 0 ? -1 : core.nowMs;
  core.decoder.limitTable(core.limits.headerTableBytesMax);
}

/** Unknown settings are ignored. */
function applySetting(core: Core, setting: number, value: number): void {
  switch (setting) {
    case Setting.ENABLE_PUSH:
      // A server must not send 1 (RFC 9113 §6.5.2); we never push, so nothing else follows.
      if (value > (core.server ? 1 : 0)) connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `ENABLE_PUSH is ${value}`);
      break;
    case Setting.MAX_CONCURRENT_STREAMS:
      core.peerStreamsMax = value;
      break;
    case Setting.INITIAL_WINDOW_SIZE:
      if (value > WINDOW_BYTES_MAX) connectionError(core, Http2ErrorCode.FLOW_CONTROL_ERROR, `INITIAL_WINDOW_SIZE is ${value}`);
      else changeInitialWindow(core, value);
      break;
    case Setting.MAX_FRAME_SIZE:
      if (value < 16_384 || value > 16_777_215) connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `MAX_FRAME_SIZE is ${value}`);
      else core.peerFrameBytesMax = value;
      break;
    case Setting.MAX_HEADER_LIST_SIZE:
      core.peerHeaderListBytesMax = value;
      break;
    case Setting.HEADER_TABLE_SIZE:
      core.encoder.resize(value);
      break;
  }
}

/** Open streams move by the difference, below zero if need be (RFC 9113 §6.9.2). */
function changeInitialWindow(core: Core, value: number): void {
  const difference = value - core.peerInitialWindow;
  core.peerInitialWindow = value;
  if (difference === 0) return;
  for (const stream of core.streams.all()) {
    stream.sendWindow += difference;
    if (stream.sendWindow > WINDOW_BYTES_MAX) {
      return connectionError(core, Http2ErrorCode.FLOW_CONTROL_ERROR, `INITIAL_WINDOW_SIZE takes stream ${stream.id} over 2^31-1`);
    }
    if (stream.queue !== undefined) resumeStream(core, stream);
  }
}

/** The first frame of either side. */
export function writeFirstSettings(core: Core): void {
  const { limits } = core;
  const settings: [number, number][] = [
    [Setting.INITIAL_WINDOW_SIZE, limits.initialWindowBytes],
    [Setting.MAX_FRAME_SIZE, limits.frameBytesMax],
    [Setting.MAX_HEADER_LIST_SIZE, Math.min(limits.headerListBytesMax, 2 ** 32 - 1)],
  ];
  if (limits.headerTableBytesMax !== TABLE_BYTES_INITIAL) settings.push([Setting.HEADER_TABLE_SIZE, limits.headerTableBytesMax]);
  if (core.server) settings.push([Setting.MAX_CONCURRENT_STREAMS, Math.min(limits.concurrentStreamsMax, 2 ** 32 - 1)]);
  else settings.push([Setting.ENABLE_PUSH, 0]);
  writeSettings(core, settings);
}

/** Frames of a fast link: large enough that cutting them costs little, small enough that a short message does not wait long behind one. */
const FAST_FRAME_BYTES_MAX: number = 64 * 1024;

/** New streams, and the open ones, may send more from now on, and in larger frames. */
export function writeInitialWindow(core: Core, windowBytes: number): void {
  const growth = windowBytes - core.initialReceiveWindow;
  core.initialReceiveWindow = windowBytes;
  for (const stream of core.streams.all()) stream.receiveWindow += growth;
  core.frameBytesMax = Math.max(core.frameBytesMax, Math.min(FAST_FRAME_BYTES_MAX, windowBytes >>> 2));
  writeSettings(core, [
    [Setting.INITIAL_WINDOW_SIZE, windowBytes],
    [Setting.MAX_FRAME_SIZE, core.frameBytesMax],
  ]);
}

function writeSettings(core: Core, settings: readonly (readonly [number, number])[]): void {
  const length = settings.length * SETTING_BYTES;
  const sink = core.room(FRAME_HEADER_BYTES + length);
  writeFrameHeader(sink.bytes, sink.position, length, FrameType.SETTINGS, 0, 0);
  let at = sink.position + FRAME_HEADER_BYTES;
  for (const [setting, value] of settings) {
    sink.bytes[at] = 0;
    sink.bytes[at + 1] = setting;
    writeUint32(sink.bytes, at + 2, value);
    at += SETTING_BYTES;
  }
  sink.position = at;
  if (core.unackedSettings++ === 0) core.settingsSentMs = core.nowMs;
}
