import type { ByteSink } from "../byte-sink.js";
import type { PreparedHeaders } from "../connection-listener.js";
import { isConnectionSpecific, isFieldName, isFieldValue } from "../message/field.js";
import { encodeHuffman, huffmanLength } from "./huffman.js";
import { INTEGER_BYTES_MAX, writeInteger } from "./integer.js";
import { staticFieldIndex, staticNameIndex } from "./static-table.js";

const INDEXED = 0x80;
const LITERAL = 0x00;
/** RFC 7541 §6.2.3: an intermediary must not index it either. */
const NEVER_INDEXED = 0x10;
const HUFFMAN = 0x80;

/**
 * Encodes `fields` (name, value, ...) once, from static-table entries and
 * literals only. Throws TypeError for what RFC 9113 §8.2 forbids: header
 * injection ends here.
 */
export function prepareHeaders(fields: readonly string[]): PreparedHeaders {
  checkFields(fields);
  let room = 0;
  for (const text of fields) room += text.length + 2 * INTEGER_BYTES_MAX;
  const bytes = Buffer.allocUnsafeSlow(room);
  const end = writeLiteralFields(bytes, 0, fields);
  return { fields: [...fields], bytes: new Uint8Array(bytes.subarray(0, end)) };
}

/** Appends `fields` as literals behind `sink.position`. Throws TypeError before it writes anything. */
export function writeExtraFields(sink: ByteSink, fields: readonly string[]): void {
  checkFields(fields);
  let room = 0;
  for (let at = 0; at < fields.length; at++) room += fields[at]!.length + 2 * INTEGER_BYTES_MAX;
  sink.reserve(room);
  sink.position = writeLiteralFields(sink.bytes, sink.position, fields);
}

function checkFields(fields: readonly string[]): void {
  if (fields.length % 2 !== 0) throw new TypeError(`a header list holds names and values in turn; ${fields.length} strings cannot be that`);
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    if (!isFieldName(name.charCodeAt(0) === 0x3a ? name.slice(1) : name)) {
      throw new TypeError(`header name ${JSON.stringify(name)} is no lower-case token`);
    }
    if (!isFieldValue(value))
      throw new TypeError(`header ${name}: the value holds a control character, a blank at an end, or more than latin1`);
    if (isConnectionSpecific(name, value)) throw new TypeError(`header ${name}: ${JSON.stringify(value)} has no place in HTTP/2`);
  }
}

/** Secrets travel never-indexed; short values raw, since reading them back is faster than Huffman and the gain is a few octets. */
function writeLiteralFields(bytes: Buffer, start: number, fields: readonly string[]): number {
  let position = start;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    const index = staticFieldIndex(name, value);
    if (index !== 0) {
      position = writeInteger(bytes, position, index, 7, INDEXED);
      continue;
    }
    const nameIndex = staticNameIndex(name);
    position = writeInteger(bytes, position, nameIndex, 4, isSecret(name) ? NEVER_INDEXED : LITERAL);
    if (nameIndex === 0) position = writeString(bytes, position, name);
    position = writeString(bytes, position, value);
  }
  return position;
}

/** RFC 7541 §7.1.3. */
export function isSecret(name: string): boolean {
  return name === "authorization" || name === "cookie" || name === "set-cookie" || name === "proxy-authorization";
}

/** Raw strings up to this length. */
const RAW_STRING_BYTES_MAX = 64;

/** Writes a string literal (RFC 7541 §5.2). */
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
