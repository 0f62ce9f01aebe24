import { prepareHeaders } from "@consulrpc/http2";
import type { Random } from "./random.js";

/** What a peer sends behind its preface: whole frames, most of them. */
export type Input = readonly Buffer[];

/** Frames of one input. Beyond: the front is kept. */
export const INPUT_FRAMES_MAX = 60;

const blocks: readonly Uint8Array[] = [
  prepareHeaders([":method", "POST", ":scheme", "http", ":path", "/", ":authority", "a"]).bytes,
  prepareHeaders([":method", "GET", ":scheme", "http", ":path", "/", "content-length", "5"]).bytes,
  prepareHeaders([":status", "200", "content-type", "application/grpc"]).bytes,
  prepareHeaders([":status", "103"]).bytes,
  prepareHeaders(["grpc-status", "0"]).bytes,
  // Insertions, references to them, size updates, a Huffman string.
  Buffer.from("400161013182be", "hex"),
  Buffer.from("82be20be", "hex"),
  Buffer.from("3fe11f8286418cf1e3c2e5f23a6ba0ab90f4ff84", "hex"),
  Buffer.from("ff80808001", "hex"),
];
const streamIds: readonly number[] = [0, 1, 1, 1, 3, 3, 5, 7, 9, 2, 0x7fffffff];
const types: readonly number[] = [0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10];
const flagSets: readonly number[] = [0, 1, 4, 5, 8, 9, 12, 13, 0x20, 0x25, 0x2d, 255];

export function freshInput(random: Random): Input {
  return Array.from({ length: 1 + random.below(12) }, () => freshFrame(random));
}

/** An input near `parent`; now and then with the tail of `other`. */
export function mutate(parent: Input, other: Input, random: Random): Input {
  let frames = [...parent];
  const rounds = 1 + random.below(4);
  for (let round = 0; round < rounds; round++) {
    const at = random.below(Math.max(1, frames.length));
    switch (random.below(8)) {
      case 0:
        frames.splice(at, 0, freshFrame(random));
        break;
      case 1:
        frames.splice(at, 1);
        break;
      case 2:
        if (frames[at] !== undefined) frames.splice(at, 0, ...Array.from({ length: 1 + random.below(4) }, () => frames[at] as Buffer));
        break;
      case 3:
        frames = [...frames.slice(0, at), ...other.slice(random.below(Math.max(1, other.length)))];
        break;
      case 4:
        frames.push(freshFrame(random));
        break;
      default:
        if (frames[at] !== undefined) frames[at] = damage(frames[at], random);
    }
  }
  return frames.slice(0, INPUT_FRAMES_MAX);
}

function freshFrame(random: Random): Buffer {
  const type = random.pick(types);
  const payload = freshPayload(type, random);
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = random.pick(flagSets);
  header.writeUInt32BE(random.pick(streamIds), 5);
  return Buffer.concat([header, payload]);
}

function freshPayload(type: number, random: Random): Buffer {
  switch (type) {
    case 1:
    case 9:
      return Buffer.concat([random.pick([Buffer.alloc(0), random.bytes(5), random.bytes(1)]), random.pick(blocks)]);
    case 3:
    case 8:
      return random.pick([Buffer.from([0, 0, 0, random.below(256)]), Buffer.from([0x7f, 255, 255, 255]), Buffer.alloc(4), random.bytes(4)]);
    case 4:
      return Buffer.concat(
        Array.from({ length: random.below(4) }, () => Buffer.from([0, 1 + random.below(7), 0, 0, random.below(256), random.below(256)])),
      );
    case 6:
      return Buffer.from([0, 0, 0, 0, 0, 0, 0, random.below(5)]);
    default:
      return random.bytes(random.pick([0, 1, 4, 5, 8, 9, 100, 2000]));
  }
}

/** Changed octets, or an end cut off or added. */
function damage(frame: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(frame);
  const kind = random.below(6);
  if (kind === 0) return bytes.subarray(0, random.below(bytes.length + 1));
  if (kind === 1) return Buffer.concat([bytes, random.bytes(1 + random.below(16))]);
  if (kind === 2 && bytes.length >= 9) bytes[4] = random.pick(flagSets);
  else if (kind === 3 && bytes.length >= 9) bytes.writeUInt32BE(random.pick(streamIds), 5);
  else if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}
