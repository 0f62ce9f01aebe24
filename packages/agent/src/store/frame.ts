/**
 * How records lie in a file. A frame is what one `append` kept, all or nothing:
 *
 *     magic u32 | checksum u32 | body length u32 | kind u32 | synced u64 | body
 *     body of records: (length u32 | bytes)*
 *
 * The checksum (CRC-32) covers everything after itself. `synced` is how far the file was known to be on disk when the frame was
 * written: a later frame that vouches for a damaged place proves that what is lost there had been acknowledged.
 */
import { crc32 } from "node:zlib";

/** "CRP" and the version of the format. */
const MAGIC = 0x43_52_50_01;
export const FRAME_HEADER_BYTES = 24;

export const FRAME_RECORDS = 1;
/** The last frame of a snapshot: what comes without it is not whole. */
export const FRAME_END = 2;
/** The last frame of a log that was closed in order. */
export const FRAME_CLOSED = 3;

export interface Frame {
  readonly kind: number;
  readonly synced: number;
  readonly body: Uint8Array;
  /** Where the next frame begins, from the start of the bytes given. */
  readonly end: number;
}

export function encodeFrame(kind: number, synced: number, records: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const record of records) length += 4 + record.length;
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt32LE(length, 8);
  frame.writeUInt32LE(kind, 12);
  frame.writeUInt32LE(synced % 2 ** 32, 16);
  frame.writeUInt32LE(Math.floor(synced / 2 ** 32), 20);
  let at = FRAME_HEADER_BYTES;
  for (const record of records) {
    frame.writeUInt32LE(record.length, at);
    frame.set(record, at + 4);
    at += 4 + record.length;
  }
  frame.writeUInt32LE(crc32(frame.subarray(8)), 4);
  return frame;
}

/** "short": the bytes end before the frame does; "bad": these bytes are no frame. */
export function decodeFrame(bytes: Buffer, start: number, bodyBytesMax: number): Frame | "short" | "bad" {
  if (bytes.length - start < FRAME_HEADER_BYTES) return "short";
  if (bytes.readUInt32LE(start) !== MAGIC) return "bad";
  const length = bytes.readUInt32LE(start + 8);
  if (length > bodyBytesMax) return "bad";
  const end = start + FRAME_HEADER_BYTES + length;
  if (end > bytes.length) return "short";
  if (crc32(bytes.subarray(start + 8, end)) !== bytes.readUInt32LE(start + 4)) return "bad";
  const synced = bytes.readUInt32LE(start + 16) + bytes.readUInt32LE(start + 20) * 2 ** 32;
  return { kind: bytes.readUInt32LE(start + 12), synced, body: bytes.subarray(start + FRAME_HEADER_BYTES, end), end };
}

export function* recordsOf(body: Uint8Array): Iterable<Uint8Array> {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < body.length; ) {
    const end = at + 4 + view.getUint32(at, true);
    yield body.subarray(at + 4, end);
    at = end;
  }
}

/** Where a frame may begin, from `start` on; -1 when nowhere. */
export function findMagic(bytes: Buffer, start: number): number {
  return bytes.indexOf(MAGIC_BYTES, start);
}

const MAGIC_BYTES: Buffer = (() => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(MAGIC);
  return bytes;
})();
