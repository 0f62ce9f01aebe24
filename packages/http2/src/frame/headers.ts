import type { PreparedHeaders } from "../connection-listener.js";
import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import type { HeaderList } from "../hpack/header-list.js";
import { checkFields, writeExtraFields } from "../hpack/prepared-headers.js";
import { isWellFormed } from "../message/check.js";
import { Ending } from "../stream/closed-streams.js";
import { closeRemote } from "../stream/lifecycle.js";
import { Stream } from "../stream/stream.js";
import { Flag, FRAME_HEADER_BYTES, FrameType, readUint31, writeFrameHeader } from "./frame-type.js";
import { connectionError } from "./goaway.js";
import { PRIORITY_BYTES } from "./priority.js";
import { isIdle, streamError } from "./rst-stream.js";

/** Copies up to this length are faster in a loop than by a call of TypedArray.prototype.set. */
const LOOP_BYTES_MAX = 32;

/** Where the block fragment of a HEADERS frame lies; `start` is -1 when the frame is broken and the connection has ended. */
export const fragment: { start: number; end: number; selfDependent: boolean } = { start: -1, end: 0, selfDependent: false };

/** Strips padding and priority from a HEADERS frame (RFC 9113 §6.2) into `fragment`. */
export function openHeaders(core: Core, bytes: Buffer, start: number, end: number, flags: number, streamId: number): void {
  fragment.start = -1;
  fragment.selfDependent = false;
  if (streamId === 0) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "HEADERS on stream 0");
  let from = start;
  let to = end;
  if ((flags & Flag.PADDED) !== 0) {
    if (from === to) return connectionError(core, Http2ErrorCode.FRAME_SIZE_ERROR, "HEADERS too short for its padding");
    to -= bytes[from++]!;
  }
  if ((flags & Flag.PRIORITY) !== 0) {
    if (end - from < PRIORITY_BYTES) return connectionError(core, Http2ErrorCode.FRAME_SIZE_ERROR, "HEADERS too short for its priority");
    fragment.selfDependent = readUint31(bytes, from) === streamId;
    from += PRIORITY_BYTES;
  }
  if (to < from) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "padding longer than its HEADERS frame");
  fragment.start = from;
  fragment.end = to;
}

/** A whole header block: it is decoded whatever becomes of its stream, since the dynamic table depends on it (RFC 9113 §4.3). */
export function receiveHeaderBlock(
  core: Core,
  bytes: Buffer,
  start: number,
  end: number,
  streamId: number,
  endStream: boolean,
  selfDependent: boolean,
): void {
  const list = core.decoder.decode(bytes, start, end);
  if (list === undefined)
    return connectionError(core, Http2ErrorCode.COMPRESSION_ERROR, `the header block of stream ${streamId} is no HPACK`);
  const stream = core.streams.get(streamId);
  if (stream !== undefined) {
    if (selfDependent) return streamError(core, streamId, Http2ErrorCode.PROTOCOL_ERROR);
    return receiveOnOpenStream(core, stream, list, endStream);
  }
  if (!core.server || (streamId & 1) === 0) return receiveOnForeignStream(core, streamId);
  if (streamId <= core.lastPeerStreamId) return receiveOnClosedStream(core, streamId);
  receiveRequest(core, list, streamId, endStream, selfDependent);
}

/** A client's stream that is gone, or one that only PUSH_PROMISE could have opened. */
function receiveOnForeignStream(core: Core, streamId: number): void {
  if (isIdle(core, streamId)) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `HEADERS on idle stream ${streamId}`);
  const ending = core.closed.ending(streamId);
  if (ending === Ending.BOTH_ENDED) connectionError(core, Http2ErrorCode.STREAM_CLOSED, `HEADERS on closed stream ${streamId}`);
  else if (ending === Ending.PEER_RESET) streamError(core, streamId, Http2ErrorCode.STREAM_CLOSED);
}

function receiveOnClosedStream(core: Core, streamId: number): void {
  switch (core.closed.ending(streamId)) {
    case Ending.WE_RESET:
      return;
    case Ending.PEER_RESET:
      return streamError(core, streamId, Http2ErrorCode.STREAM_CLOSED);
    case Ending.BOTH_ENDED:
      return connectionError(core, Http2ErrorCode.STREAM_CLOSED, `HEADERS on closed stream ${streamId}`);
    default:
      return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `stream ${streamId} opened below stream ${core.lastPeerStreamId}`);
  }
}

function receiveRequest(core: Core, list: HeaderList, streamId: number, endStream: boolean, selfDependent: boolean): void {
  core.lastPeerStreamId = streamId;
  if (streamId > core.goawaySentId) {
    core.closed.add(streamId, Ending.WE_RESET);
    return;
  }
  if (selfDependent) return streamError(core, streamId, Http2ErrorCode.PROTOCOL_ERROR);
  if (core.streams.size + core.retainedStreams >= core.limits.concurrentStreamsMax || core.queuedBytes > core.limits.queuedBytesMax) {
    return streamError(core, streamId, Http2ErrorCode.REFUSED_STREAM);
  }
  if (list.tooLarge) return streamError(core, streamId, Http2ErrorCode.ENHANCE_YOUR_CALM);
  if (!isWellFormed(list, "request")) return streamError(core, streamId, Http2ErrorCode.PROTOCOL_ERROR);
  if (endStream && list.contentLength > 0) return streamError(core, streamId, Http2ErrorCode.PROTOCOL_ERROR);
  const stream = new Stream(streamId, core.peerInitialWindow, core.initialReceiveWindow);
  stream.headersReceived = true;
  stream.contentLeft = list.contentLength;
  stream.remoteClosed = endStream;
  core.streams.add(stream);
  core.listener.onHeaders(stream, list, endStream);
}

/** Trailers, or a reply on the client's side. */
function receiveOnOpenStream(core: Core, stream: Stream, list: HeaderList, endStream: boolean): void {
  if (stream.remoteClosed) return streamError(core, stream.id, Http2ErrorCode.STREAM_CLOSED);
  if (list.tooLarge) return streamError(core, stream.id, Http2ErrorCode.ENHANCE_YOUR_CALM);
  if (!stream.headersReceived) return receiveResponse(core, stream, list, endStream);
  if (!endStream || stream.contentLeft > 0 || !isWellFormed(list, "trailers"))
    return streamError(core, stream.id, Http2ErrorCode.PROTOCOL_ERROR);
  closeRemote(core, stream);
  core.listener.onTrailers(stream, list);
}

function receiveResponse(core: Core, stream: Stream, list: HeaderList, endStream: boolean): void {
  if (!isWellFormed(list, "response")) return streamError(core, stream.id, Http2ErrorCode.PROTOCOL_ERROR);
  if (list.status < 200) {
    if (endStream) return streamError(core, stream.id, Http2ErrorCode.PROTOCOL_ERROR);
    core.listener.onInformational?.(stream, list);
    return;
  }
  if (list.contentLength >= 0 && list.status !== 304 && !asksForHead(stream.request)) stream.contentLeft = list.contentLength;
  if (endStream && stream.contentLeft > 0) return streamError(core, stream.id, Http2ErrorCode.PROTOCOL_ERROR);
  stream.headersReceived = true;
  if (endStream) closeRemote(core, stream);
  core.listener.onHeaders(stream, list, endStream);
}

/** A reply to HEAD names a length and has none (RFC 9110 §9.3.2). */
function asksForHead(request: PreparedHeaders | undefined): boolean {
  return request !== undefined && request.fields[request.fields.indexOf(":method") + 1] === "HEAD";
}

/** HEADERS of `headers` and `extra` in one block, with CONTINUATION where the peer's frame size asks for it. */
export function writeHeaders(
  core: Core,
  streamId: number,
  headers: PreparedHeaders,
  extra: readonly string[] | undefined,
  endStream: boolean,
): void {
  // Before the encoder: what it has encoded must go out.
  if (extra !== undefined) checkFields(extra);
  const block = core.encoder.encode(headers);
  const sink = core.room(FRAME_HEADER_BYTES + block.length);
  const start = sink.position;
  const { bytes } = sink;
  const from = start + FRAME_HEADER_BYTES;
  if (block.length <= LOOP_BYTES_MAX) for (let at = 0; at < block.length; at++) bytes[from + at] = block[at]!;
  else bytes.set(block, from);
  sink.position = from + block.length;
  if (extra !== undefined) writeExtraFields(sink, extra);
  writeHeaderBlock(core, streamId, start, endStream);
}

/** Frames the block that lies in the sink behind `start` + 9. */
export function writeHeaderBlock(core: Core, streamId: number, start: number, endStream: boolean): void {
  const { sink } = core.out!;
  const length = sink.position - start - FRAME_HEADER_BYTES;
  const endFlag = endStream ? Flag.END_STREAM : 0;
  if (length <= core.peerFrameBytesMax) {
    writeFrameHeader(sink.bytes, start, length, FrameType.HEADERS, Flag.END_HEADERS | endFlag, streamId);
    return;
  }
  const block = Buffer.from(sink.bytes.subarray(start + FRAME_HEADER_BYTES, sink.position));
  sink.position = start;
  for (let at = 0; at < block.length; at += core.peerFrameBytesMax) {
    const piece = block.subarray(at, at + core.peerFrameBytesMax);
    const last = at + piece.length === block.length ? Flag.END_HEADERS : 0;
    core.room(FRAME_HEADER_BYTES + piece.length);
    const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
    writeFrameHeader(sink.bytes, sink.position, piece.length, type, last | (at === 0 ? endFlag : 0), streamId);
    piece.copy(sink.bytes, sink.position + FRAME_HEADER_BYTES);
    sink.position += FRAME_HEADER_BYTES + piece.length;
  }
}
