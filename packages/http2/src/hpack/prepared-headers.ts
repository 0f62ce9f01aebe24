import type { ByteSink } from "../byte-sink.js";
import type { PreparedHeaders } from "../connection-listener.js";
import { isConnectionSpecific, isFieldName, isFieldValue } from "../message/field.js";
import { stringBytesMax, writeField } from "./literal.js";

/**
 * Encodes `fields` (name, value, ...) once, from static-table entries and
 * literals only. Keep the object and use it again: a connection that sees it a
 * second time sends it as a few indices. Throws TypeError for what RFC 9113 §8.2
 * forbids: header injection ends here.
 */
export function prepareHeaders(fields: readonly string[]): PreparedHeaders {
  checkFields(fields);
  const bytes = Buffer.allocUnsafeSlow(stringBytesMax(fields));
  const end = writeFields(bytes, 0, fields);
  return { fields: [...fields], bytes: new Uint8Array(bytes.subarray(0, end)) };
}

/** Appends checked `fields` as literals behind `sink.position`. */
export function writeExtraFields(sink: ByteSink, fields: readonly string[]): void {
  sink.reserve(stringBytesMax(fields));
  sink.position = writeFields(sink.bytes, sink.position, fields);
}

function writeFields(bytes: Buffer, start: number, fields: readonly string[]): number {
  let position = start;
  for (let at = 0; at < fields.length; at += 2) position = writeField(bytes, position, fields[at]!, fields[at + 1]!);
  return position;
}

/** Throws TypeError for a list that may not be sent. */
export function checkFields(fields: readonly string[]): void {
  if (fields.length % 2 !== 0) throw new TypeError(`a header list holds names and values in turn; ${fields.length} strings cannot be that`);
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    if (!isFieldName(name.charCodeAt(0) === 0x3a ? name.slice(1) : name)) {
      throw new TypeError(`header name ${JSON.stringify(name)} is no lower-case token`);
    }
    if (!isFieldValue(value)) {
      throw new TypeError(`header ${name}: the value holds a control character, a blank at an end, or more than latin1`);
    }
    if (isConnectionSpecific(name, value)) throw new TypeError(`header ${name}: ${JSON.stringify(value)} has no place in HTTP/2`);
  }
}
