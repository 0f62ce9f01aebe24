import type { ByteSink } from "@consulrpc/http2";
import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import { SHORT_STRING_CHARS, shortUtf8 } from "../short-utf8.js";

const scratch: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(8));

/** Node's own write of a string: what Buffer.write ends in, without its argument handling. */
type NativeWrite = Buffer & { utf8Write(text: string, position: number): number };

/**
 * What encoders share: the sink, growth, and every value that is not written in
 * line. Encoders are synchronous, so one writer serves them all.
 *
 * A helper takes the position and gives back the one behind what it wrote. `b` is
 * the sink's current bytes: it is read again after whatever may have grown them.
 */
class Writer {
  b: Buffer = Buffer.alloc(0);
  private sink: ByteSink | undefined;

  begin(sink: ByteSink): void {
    this.sink = sink;
    this.b = sink.bytes;
  }

  /** Makes room for `count` bytes behind `p`. */
  grow(p: number, count: number): Buffer {
    const sink = this.sink!;
    sink.position = p;
    sink.reserve(count);
    this.b = sink.bytes;
    return this.b;
  }

  fail(field: string, what: string): never {
    throw new RpcError(Code.INTERNAL, `cannot encode ${field}: ${what}`);
  }

  /**
   * Something's bytes are there from `p + room` to `end`: puts their length in front,
   * moving them when it takes another number of bytes than `room`.
   */
  frame(p: number, end: number, room = 1): number {
    const length = end - p - room;
    const needed = lengthBytes(length);
    if (needed !== room) {
      const b = end + needed - room > this.b.length ? this.grow(end, needed - room) : this.b;
      b.copyWithin(p + needed, p + room, end);
    }
    this.varint(p, length);
    return p + needed + length;
  }

  /** An unsigned value of up to 32 bits. Room is the caller's business, as in every helper that has a bounded size. */
  varint(p: number, value: number): number {
    const b = this.b;
    let at = p;
    let rest = value;
    while (rest > 0x7f) {
      b[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    b[at++] = rest;
    return at;
  }

  /** A negative int32 takes ten bytes: it is extended to 64 bits. */
  negative(p: number, value: number): number {
    const b = this.b;
    let rest = value;
    for (let at = p; at < p + 9; at++) {
      b[at] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    b[p + 9] = 1;
    return p + 10;
  }

  int32(p: number, value: number): number {
    return value >= 0 ? this.varint(p, value) : this.negative(p, value);
  }

  fixed32(p: number, value: number): number {
    const b = this.b;
    b[p] = value;
    b[p + 1] = value >>> 8;
    b[p + 2] = value >>> 16;
    b[p + 3] = value >>> 24;
    return p + 4;
  }

  float(p: number, value: number): number {
    this.sink!.view.setFloat32(p, value, true);
    return p + 4;
  }

  double(p: number, value: number): number {
    this.sink!.view.setFloat64(p, value, true);
    return p + 8;
  }

  fixed64(p: number, value: bigint): number {
    this.sink!.view.setBigUint64(p, value, true);
    return p + 8;
  }

  varint64(p: number, value: bigint): number {
    scratch.setBigUint64(0, value, true);
    return this.words(p, scratch.getInt32(0, true), scratch.getInt32(4, true));
  }

  sint64(p: number, value: bigint): number {
    scratch.setBigUint64(0, value, true);
    const low = scratch.getInt32(0, true);
    const high = scratch.getInt32(4, true);
    const sign = high >> 31;
    return this.words(p, (low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
  }

  private words(p: number, lowWord: number, highWord: number): number {
    const b = this.b;
    let at = p;
    let low = lowWord;
    let high = highWord;
    while (high !== 0) {
      b[at++] = (low & 0x7f) | 0x80;
      low = (low >>> 7) | (high << 25);
      high >>>= 7;
    }
    return this.varint(at, low >>> 0);
  }

  /** A string with its length in front. Makes its own room. */
  text(p: number, value: string): number {
    const length = value.length;
    let b = this.b;
    if (p + length * 3 + 5 > b.length) b = this.grow(p, length * 3 + 5);
    if (length <= SHORT_STRING_CHARS) {
      const end = shortUtf8(b, p + 1, value);
      if (end !== 0) {
        b[p] = end - p - 1;
        return end;
      }
    }
    // The length of ASCII text is known before it is written; other text is moved when its length takes more bytes.
    const expected = lengthBytes(length);
    const written = (b as NativeWrite).utf8Write(value, p + expected);
    const needed = lengthBytes(written);
    if (needed !== expected) b.copyWithin(p + needed, p + expected, p + expected + written);
    return this.varint(p, written) + written;
  }

  /** Bytes with their length in front. Makes its own room. */
  bytes(p: number, value: Uint8Array): number {
    const length = value.length;
    if (p + length + 5 > this.b.length) this.grow(p, length + 5);
    const at = this.varint(p, length);
    this.b.set(value, at);
    return at + length;
  }

  /** Fields that nobody knows, as they came. Makes its own room. */
  unknown(p: number, fields: readonly { readonly no: number; readonly wireType: number; readonly data: Uint8Array }[]): number {
    let at = p;
    for (const { no, wireType, data } of fields) {
      if (at + data.length + 5 > this.b.length) this.grow(at, data.length + 5);
      at = this.varint(at, ((no << 3) | wireType) >>> 0);
      this.b.set(data, at);
      at += data.length;
    }
    return at;
  }
}

export function lengthBytes(length: number): number {
  return length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x200000 ? 3 : length < 0x10000000 ? 4 : 5;
}

/** The writer of all encoders. */
export const writer: Writer = new Writer();
export type { Writer };
