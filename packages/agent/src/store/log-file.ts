/** Reads a file of frames to its end, and judges what is wrong with it. */
import type { DiskFile } from "./disk.js";
import { decodeFrame, FRAME_HEADER_BYTES, type Frame, findMagic } from "./frame.js";
import { StoreError } from "./store.js";

/** Each file begins with this line; the digit is the version of the format. */
export const FILE_HEADER: Buffer = Buffer.from("consulrpc state 1\n");
const CHUNK_BYTES = 4 * 1024 * 1024;
/** A frame holds what one append was given. */
const BODY_BYTES_MAX = 256 * 1024 * 1024;

export interface ReadResult {
  /** Up to where the file is whole. */
  readonly end: number;
  /** What follows: nothing, or the rest of a write that a crash cut off and that nobody was told of. */
  readonly tornBytes: number;
}

/**
 * Hands over every frame in order.
 *
 * @throws StoreError "corrupt" when something is damaged that had been acknowledged, or that `whole` says cannot be torn
 */
export async function readFrames(file: DiskFile, path: string, whole: boolean, visit: (frame: Frame) => void): Promise<ReadResult> {
  const size = await file.size();
  await checkHeader(file, path, size);
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = Math.min(FILE_HEADER.length, size);
  let at = 0;
  for (;;) {
    const frame = decodeFrame(chunk, at, BODY_BYTES_MAX);
    if (typeof frame === "object") {
      visit(frame);
      at = frame.end;
      continue;
    }
    const rest = chunk.subarray(at);
    const position = chunkStart + at;
    const unread = size - position - rest.length;
    if (frame === "short" && unread > 0) {
      const wanted = Math.min(unread, Math.max(CHUNK_BYTES, missingBytes(rest)));
      chunk = Buffer.concat([rest, await file.read(position + rest.length, wanted)]);
      chunkStart = position;
      at = 0;
      continue;
    }
    if (position === size) return { end: size, tornBytes: 0 };
    const tail = Buffer.concat([rest, await file.read(position + rest.length, unread)]);
    judgeTail(path, position, tail, whole);
    return { end: position, tornBytes: tail.length };
  }
}

function missingBytes(rest: Buffer): number {
  return rest.length < FRAME_HEADER_BYTES ? 0 : Math.min(BODY_BYTES_MAX, rest.readUInt32LE(8)) + FRAME_HEADER_BYTES - rest.length;
}

async function checkHeader(file: DiskFile, path: string, size: number): Promise<void> {
  const header = await file.read(0, Math.min(size, FILE_HEADER.length));
  // A crash between creating the file and its first sync leaves a part of the header, or none.
  if (size < FILE_HEADER.length && (FILE_HEADER.subarray(0, size).equals(header) || header.every((byte) => byte === 0))) return;
  if (!header.equals(FILE_HEADER)) {
    throw new StoreError(
      "corrupt",
      `${path} does not begin with ${JSON.stringify(FILE_HEADER.toString())}: it is damaged, or another version wrote it`,
    );
  }
}

/** A damaged place is only a torn write if nothing after it says that the place had been synced. */
function judgeTail(path: string, position: number, tail: Buffer, whole: boolean): void {
  const damaged = (why: string) =>
    new StoreError(
      "corrupt",
      `${path} is damaged at byte ${position}: ${why}. Restore a snapshot, or move the file away to start from what came before it`,
    );
  if (whole) throw damaged("its checksum does not match, or its end is missing");
  for (let start = findMagic(tail, 1); start !== -1; start = findMagic(tail, start + 1)) {
    const frame = decodeFrame(tail, start, BODY_BYTES_MAX);
    if (typeof frame === "object" && frame.synced > position) {
      throw damaged(`a checksum does not match, and the record at byte ${position + start} shows that this place was on disk`);
    }
  }
}
