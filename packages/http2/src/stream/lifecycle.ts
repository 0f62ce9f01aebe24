import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { writeRstStream } from "../frame/rst-stream.js";
import { Ending } from "./closed-streams.js";
import type { Stream } from "./stream.js";

/** The peer sent END_STREAM. */
export function closeRemote(core: Core, stream: Stream): void {
  stream.remoteClosed = true;
  if (stream.localClosed) bury(core, stream, Ending.BOTH_ENDED);
}

/** We framed END_STREAM. */
export function closeLocal(core: Core, stream: Stream): void {
  stream.localClosed = true;
  if (stream.remoteClosed) bury(core, stream, Ending.BOTH_ENDED);
}

/** Resets from our side; the listener hears of it unless it asked for it. Past the budget of resets the connection goes. */
export function resetStream(core: Core, stream: Stream, code: Http2ErrorCode, tell: boolean): void {
  if (stream.dead) return;
  writeRstStream(core, stream.id, code);
  bury(core, stream, Ending.WE_RESET);
  if (tell) core.listener.onReset(stream, code, false, false);
}

/** Takes the stream out of every list. A retained one goes on counting against the peer. */
export function bury(core: Core, stream: Stream, ending: Ending): void {
  if (stream.dead) return;
  stream.dead = true;
  stream.localClosed = true;
  stream.remoteClosed = true;
  core.streams.delete(stream);
  core.closed.add(stream.id, ending);
  if (stream.retained) core.retainedStreams++;
  if (stream.queuedBytes > 0) {
    core.queuedBytes -= stream.queuedBytes;
    stream.queuedBytes = 0;
  }
  stream.queue = undefined;
  stream.queuedTrailers = undefined;
  if (stream.unconsumedBytes > 0) {
    core.unconsumedBytes -= stream.unconsumedBytes;
    stream.unconsumedBytes = 0;
  }
  if (core.streamsRefused && !core.draining && !core.goawayReceived && core.streams.size < core.peerStreamsMax) {
    core.streamsRefused = false;
    core.listener.onStreamsAvailable?.();
  }
}

/** Ends a draining connection once nothing is open on it. Looked at when all output has been taken. */
export function finishDraining(core: Core): void {
  if (core.streams.size > 0 || core.ended) return;
  if (core.goawayReceived && !core.server) core.close(Http2ErrorCode.NO_ERROR, "the peer went away, and its last stream has ended", true);
  else if (core.draining && !core.goawayPingOut) core.close(Http2ErrorCode.NO_ERROR, "drained");
}
