import type { Core } from "../core.js";
import { Http2ErrorCode } from "../error-code.js";
import { readUint31 } from "./frame-type.js";
import { connectionError } from "./goaway.js";
import { streamError } from "./rst-stream.js";

export const PRIORITY_BYTES = 5;

/** RFC 9113 §6.3: deprecated, checked (RFC 7540 §5.3.1) and otherwise ignored. */
export function receivePriority(core: Core, bytes: Buffer, start: number, end: number, streamId: number): void {
  if (streamId === 0) return connectionError(core, Http2ErrorCode.PROTOCOL_ERROR, "PRIORITY on stream 0");
  if (end - start !== PRIORITY_BYTES) return streamError(core, streamId, Http2ErrorCode.FRAME_SIZE_ERROR);
  if (readUint31(bytes, start) === streamId) streamError(core, streamId, Http2ErrorCode.PROTOCOL_ERROR);
}
