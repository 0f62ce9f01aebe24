import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import { copiedBytes } from "../copied-bytes.js";
import { cachedKey } from "../key-cache.js";
import { TextReader } from "../text-reader.js";

/** An unknown field is a record, an array of bytes and the bytes. */
const UNKNOWN_ELEMENTS = 4;

/** The conversions between words of 32 bits and wider or floating numbers. Every step is synchronous, so one is enough. */
const scratch: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(8));

/** One field that nobody knows, as @bufbuild/protobuf keeps it: the bytes behind the tag. */
export interface UnknownField {
  readonly no: number;
  readonly wireType: number;
  readonly data: Uint8Array;
}

/**
 * What decoders share: the rare paths, the limits, and the position where a helper
 * stopped. Decoders are synchronous, so one reader serves them all; `begin` makes
 * it ready for one message.
 *
 * A helper takes the position of what it reads and leaves the position behind it
 * in `p`. Reads may run past the end of the message (the bytes belong to somebody
 * else then): decoders compare the position with the end after every field.
 */
class Reader {
  p = 0;
  elements = 0;
  private elementsMax = 0;
  private start = 0;
  private typeName = "";
  private readonly texts = new TextReader();

  begin(typeName: string, start: number, end: number, elementsMax: number): void {
    this.texts.begin(end);
    this.typeName = typeName;
    this.start = start;
    this.elements = 0;
    this.elementsMax = elementsMax;
  }

  fail(position: number, what: string, code: Code = Code.INTERNAL): never {
    throw new RpcError(code, `cannot decode ${this.typeName} at offset ${position - this.start}: ${what}`);
  }

  truncated(position: number): never {
    return this.fail(position, "the message ends inside a field");
  }

  tooDeep(position: number): never {
    return this.fail(position, "messages are nested deeper than depthMax", Code.RESOURCE_EXHAUSTED);
  }

  /** Counts what will be allocated for `count` elements. */
  count(position: number, count: number): void {
    this.elements += count;
    if (this.elements > this.elementsMax)
      this.fail(position, `more than decodedElementsMax = ${this.elementsMax} elements`, Code.RESOURCE_EXHAUSTED);
  }

  /** The tag that begins at `p`. Field numbers are 1 to 2^29-1 and a tag is at most five bytes. */
  tag(b: Buffer, p: number): number {
    let value = b[p]! & 0x7f;
    let at = p;
    for (let shift = 7; b[at++]! > 0x7f; shift += 7) {
      const byte = b[at]!;
      if (shift === 28 && byte > 0x0f) this.fail(p, "a tag overflows 32 bits");
      value |= (byte & 0x7f) << shift;
    }
    this.p = at;
    return value >>> 0;
  }

  /** The low 32 bits of the varint at `p`; the ones above are dropped, as every implementation does. */
  varint(b: Buffer, p: number): number {
    let at = p;
    let byte = b[at++]!;
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      if (shift === 70) this.fail(p, "a varint is longer than ten bytes");
      byte = b[at++]!;
      if (shift < 35) value |= (byte & 0x7f) << shift;
    }
    this.p = at;
    return value;
  }

  /** The length at `p`, checked against what is left. */
  length(b: Buffer, p: number, end: number): number {
    const length = this.varint(b, p);
    if (length < 0 || length > end - this.p) this.truncated(p);
    return length;
  }

  bool(b: Buffer, p: number): boolean {
    this.words(b, p);
    return scratch.getBigUint64(0, true) !== 0n;
  }

  int64(b: Buffer, p: number): bigint {
    this.words(b, p);
    return scratch.getBigInt64(0, true);
  }

  uint64(b: Buffer, p: number): bigint {
    this.words(b, p);
    return scratch.getBigUint64(0, true);
  }

  sint64(b: Buffer, p: number): bigint {
    this.words(b, p);
    const low = scratch.getInt32(0, true);
    const high = scratch.getInt32(4, true);
    const sign = -(low & 1);
    scratch.setInt32(0, ((low >>> 1) | (high << 31)) ^ sign, true);
    scratch.setInt32(4, (high >>> 1) ^ sign, true);
    return scratch.getBigInt64(0, true);
  }

  /** The varint at `p` as two words in `scratch`. */
  private words(b: Buffer, p: number): void {
    let at = p;
    let low = 0;
    let high = 0;
    let byte = 0x80;
    for (let shift = 0; shift < 28 && byte > 0x7f; shift += 7) {
      byte = b[at++]!;
      low |= (byte & 0x7f) << shift;
    }
    if (byte > 0x7f) {
      byte = b[at++]!;
      low |= (byte & 0x7f) << 28;
      high = (byte & 0x7f) >>> 4;
      for (let shift = 3; byte > 0x7f; shift += 7) {
        if (shift > 31) this.fail(p, "a varint is longer than ten bytes");
        byte = b[at++]!;
        high |= (byte & 0x7f) << shift;
      }
    }
    this.p = at;
    scratch.setInt32(0, low, true);
    scratch.setInt32(4, high, true);
  }

  fixed32(b: Buffer, p: number): number {
    return this.sfixed32(b, p) >>> 0;
  }

  sfixed32(b: Buffer, p: number): number {
    return b[p]! | (b[p + 1]! << 8) | (b[p + 2]! << 16) | (b[p + 3]! << 24);
  }

  fixed64(b: Buffer, p: number): bigint {
    scratch.setInt32(0, this.sfixed32(b, p), true);
    scratch.setInt32(4, this.sfixed32(b, p + 4), true);
    return scratch.getBigUint64(0, true);
  }

  sfixed64(b: Buffer, p: number): bigint {
    scratch.setInt32(0, this.sfixed32(b, p), true);
    scratch.setInt32(4, this.sfixed32(b, p + 4), true);
    return scratch.getBigInt64(0, true);
  }

  float(b: Buffer, p: number): number {
    scratch.setInt32(0, this.sfixed32(b, p), true);
    return scratch.getFloat32(0, true);
  }

  double(b: Buffer, p: number): number {
    scratch.setInt32(0, this.sfixed32(b, p), true);
    scratch.setInt32(4, this.sfixed32(b, p + 4), true);
    return scratch.getFloat64(0, true);
  }

  /** The text in `b[p, e)`; bad UTF-8 is replaced. */
  text(b: Buffer, p: number, e: number): string {
    return this.texts.loose(b, p, e);
  }

  /** The text in `b[p, e)`; bad UTF-8 is refused. */
  strictText(b: Buffer, p: number, e: number): string {
    return this.texts.strict(b, p, e) ?? this.fail(p, "a string is no valid UTF-8");
  }

  /** A map's key: text that comes again and again. */
  key(b: Buffer, p: number, e: number, strict: boolean): string {
    return cachedKey(b, p, e) ?? (strict ? this.strictText(b, p, e) : this.text(b, p, e));
  }

  /** A copy: the receive buffer is overwritten after the call. */
  bytes(b: Buffer, p: number, e: number): Uint8Array {
    return copiedBytes(b, p, e);
  }

  /** Keeps the field whose tag was `tag` and whose content begins at `p`. */
  unknown(message: { $unknown?: UnknownField[] }, b: Buffer, tag: number, p: number, end: number, depth: number): number {
    const after = this.skip(b, tag, p, end, depth);
    this.keep(message, p, { no: tag >>> 3, wireType: tag & 7, data: this.bytes(b, p, after) });
    return after;
  }

  keep(message: { $unknown?: UnknownField[] }, p: number, field: UnknownField): void {
    this.count(p, UNKNOWN_ELEMENTS);
    if (message.$unknown === undefined) message.$unknown = [field];
    else message.$unknown.push(field);
  }

  /** The position behind the field whose tag was `tag`. */
  skip(b: Buffer, tag: number, p: number, end: number, depth: number): number {
    if (tag >>> 3 === 0) this.fail(p, "field number 0");
    let after: number;
    switch (tag & 7) {
      case 0:
        this.varint(b, p);
        after = this.p;
        break;
      case 1:
        after = p + 8;
        break;
      case 2: {
        const length = this.length(b, p, end);
        after = this.p + length;
        break;
      }
      case 3:
        after = this.skipGroup(b, tag, p, end, depth);
        break;
      case 5:
        after = p + 4;
        break;
      case 4:
        return this.fail(p, `an end of group ${tag >>> 3} that was not begun`);
      default:
        return this.fail(p, `wire type ${tag & 7}`);
    }
    if (after > end) this.truncated(p);
    return after;
  }

  private skipGroup(b: Buffer, tag: number, p: number, end: number, depth: number): number {
    if (depth <= 0) this.tooDeep(p);
    let at = p;
    while (at < end) {
      const inner = this.tag(b, at);
      at = this.p;
      if (inner === tag + 1) return at;
      at = this.skip(b, inner, at, end, depth - 1);
    }
    return this.truncated(p);
  }
}

/** The reader of all decoders. */
export const reader: Reader = new Reader();
export type { Reader };
