import { encodeHuffman, huffmanLength } from "./huffman.js";
import { INTEGER_BYTES_MAX, writeInteger } from "./integer.js";
import { staticFieldIndex, staticNameIndex } from "./static-table.js";

const INDEXED = 0x80;
const LITERAL = 0x00;
/** RFC 7541 §6.2.3: an intermediary must not index it either. */
const NEVER_INDEXED = 0x10;
const HUFFMAN = 0x80;
/** Raw strings up to this length: reading them back is faster than Huffman code, and the gain would be a few octets. */
const RAW_STRING_BYTES_MAX = 64;

/** RFC 7541 §7.1.3: what must not be guessed from the size of a compressed block. */
export function isSecret(name: string): boolean {
  return name === "authorization" || name === "cookie" || name === "set-cookie" || name === "proxy-authorization";
}

/** Octets that these names and values take at most, in any representation. */
export function stringBytesMax(fields: readonly string[]): number {
  let room = 0;
  for (let at = 0; at < fields.length; at++) room += fields[at]!.length + 2 * INTEGER_BYTES_MAX;
  return room;
}

/** One field that leaves the dynamic table alone: from the static table, or a literal. Returns where it ends. */
export function writeField(bytes: Buffer, at: number, name: string, value: string): number {
  const index = staticFieldIndex(name, value);
  if (index !== 0) return writeInteger(bytes, at, index, 7, INDEXED);
  const nameIndex = staticNameIndex(name);
  const end = writeInteger(bytes, at, nameIndex, 4, isSecret(name) ? NEVER_INDEXED : LITERAL);
  return writeString(bytes, nameIndex === 0 ? writeString(bytes, end, name) : end, value);
}

/** A string literal (RFC 7541 §5.2). */
export function writeString(bytes: Buffer, at: number, text: string): number {
  if (text.length > RAW_STRING_BYTES_MAX) {
    const length = huffmanLength(text);
    if (length < text.length) return encodeHuffman(text, bytes, writeInteger(bytes, at, length, 7, HUFFMAN));
  }
  const start = writeInteger(bytes, at, text.length, 7, 0);
  if (text.length < 24) {
    for (let index = 0; index < text.length; index++) bytes[start + index] = text.charCodeAt(index);
  } else bytes.write(text, start, "latin1");
  return start + text.length;
}
