import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { Ending } from "../stream/closed-streams.js";
import { closeRemote } from "../stream/lifecycle.js";
import type { Stream } from "../stream/stream.js";
import { connectionError } from "./goaway.js";
import { isIdle, streamError } from "./rst-stream.js";
import { creditConnection, creditStream } from "./window-update.js";

/**
 * Accounts a DATA frame when its header is here (RFC 9113 §6.1, §6.9): the
 * stream to report to, or undefined when its payload is to be skipped.
 */
export function openData(core: Core, length: number, streamId: number): Stream | undefined {
  if (streamId === 0) {
    connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "DATA on stream 0");
    return undefined;
  }
  core.receiveWindow -= length;
  if (core.receiveWindow < 0) {
    connectionError(core, Http2ErrorCode.FLOW_CONTROL_ERROR, "DATA beyond the connection's window");
    return undefined;
  }
  const stream = core.streams.get(streamId);
  if (stream === undefined) {
    refuseData(core, streamId);
    return undefined;
  }
  if (stream.remoteClosed) streamError(core, streamId, Http2ErrorCode.STREAM_CLOSED);
  else if (!stream.headersReceived) streamError(core, streamId, Http2ErrorCode.PROTOCOL_ERROR);
  else if (length > stream.receiveWindow) streamError(core, streamId, Http2ErrorCode.FLOW_CONTROL_ERROR);
  else {
    stream.receiveWindow -= length;
    return stream;
  }
  return undefined;
}

function refuseData(core: Core, streamId: number): void {
  if (isIdle(core, streamId)) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, `DATA on idle stream ${streamId}`);
  const ending = core.closed.ending(streamId);
  if (ending === Ending.BOTH_ENDED) return connectionError(core, Http2ErrorCode.STREAM_CLOSED, `DATA on closed stream ${streamId}`);
  if (ending === Ending.PEER_RESET) streamError(core, streamId, Http2ErrorCode.STREAM_CLOSED);
}

/** `count` octets of a DATA frame have arrived, padding included: give their credit back. */
export function creditData(core: Core, stream: Stream | undefined, count: number): void {
  if (count === 0) return;
  core.estimate.add(count);
  core.uncreditedBytes += count;
  creditConnection(core);
  if (stream !== undefined && !stream.dead) {
    stream.uncreditedBytes += count;
    creditStream(core, stream);
  }
}

/** A piece of payload. `last`: the frame ends with it, and the stream too if `endStream`. */
export function receivePayload(
  core: Core,
  stream: Stream,
  bytes: Buffer,
  start: number,
  end: number,
  last: boolean,
  endStream: boolean,
): void {
  const count = end - start;
  const ends = last && endStream;
  if (stream.contentLeft >= 0) {
    stream.contentLeft -= count;
    if (stream.contentLeft < 0 || (ends && stream.contentLeft > 0)) return streamError(core, stream.id, Http2ErrorCode.PROTOCOL_ERROR);
  }
  // Before the listener hears of it: a stream that both sides have ended no longer counts against the limit.
  if (ends) closeRemote(core, stream);
  if (stream.paused && count > 0 && !stream.dead) {
    stream.unconsumedBytes += count;
    core.unconsumedBytes += count;
  }
  if (count > 0 || ends) core.listener.onData(stream, bytes, start, end, ends);
}
