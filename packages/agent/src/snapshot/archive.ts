/**
 * A snapshot as it travels: one line that names the format, then the state's slices in the store's frames, each with its checksum,
 * and a last frame that says it is whole (docs/reference/snapshot.md).
 */
import { decodeFrame, encodeFrame, FRAME_END, FRAME_RECORDS, recordsOf } from "../store/frame.js";

const HEADER: Buffer = Buffer.from("consulrpc snapshot 1\n");
const SLICE_BYTES_MAX = 64 * 1024 * 1024;

/** This is not a snapshot that can be restored; the message says what it is and what to do. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

export function* writeArchive(slices: Iterable<Uint8Array>): Generator<Buffer> {
  yield HEADER;
  for (const slice of slices) yield encodeFrame(FRAME_RECORDS, 0, [slice]);
  yield encodeFrame(FRAME_END, 0, []);
}

/** @throws ArchiveError unless every byte is there and as it was written */
export function readArchive(bytes: Buffer): readonly Uint8Array[] {
  if (!bytes.subarray(0, HEADER.length).equals(HEADER)) throw new ArchiveError(whatElse(bytes));
  const slices: Uint8Array[] = [];
  for (let at = HEADER.length; ; ) {
    const frame = decodeFrame(bytes, at, SLICE_BYTES_MAX);
    if (frame === "short") throw new ArchiveError(`the snapshot ends at byte ${bytes.length}, before it is whole`);
    if (frame === "bad") throw new ArchiveError(`the snapshot is damaged at byte ${at}: a checksum does not match`);
    if (frame.kind === FRAME_END && frame.end === bytes.length) return slices;
    if (frame.kind !== FRAME_RECORDS) throw new ArchiveError(`the snapshot goes on after its end, at byte ${frame.end}`);
    slices.push(...recordsOf(frame.body));
    at = frame.end;
  }
}

function whatElse(bytes: Buffer): string {
  if (bytes.length === 0) return "the snapshot is empty";
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return "this is a snapshot of HashiCorp's Consul, which only a Consul can restore: bring its content over with consulrpc export and import";
  }
  if (bytes.subarray(0, 19).toString() === "consulrpc snapshot ") return "this snapshot was made by another version of ConsulRPC";
  return "this is not a snapshot: it does not begin with its format's name";
}
