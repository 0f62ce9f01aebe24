import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import { copiedBytes } from "../copied-bytes.js";
import { cachedKey } from "../key-cache.js";
import { TextReader } from "../text-reader.js";
import { Extension, Format } from "./msgpack-format.js";

/** Values out of MessagePack. Every read is checked against the end of the message. */
export class MsgpackDecoder {
  private b: Buffer = Buffer.alloc(0);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private viewed: Buffer | undefined;
  private p = 0;
  private start = 0;
  private end = 0;
  private elementsLeft = 0;
  private elementsMax = 0;
  private readonly texts = new TextReader();

  decode(b: Buffer, start: number, end: number, depthMax: number, elementsMax: number): unknown {
    this.b = b;
    if (this.viewed !== b) {
      this.view = new DataView(b.buffer, b.byteOffset, b.length);
      this.viewed = b;
    }
    this.p = start;
    this.start = start;
    this.end = end;
    this.elementsLeft = elementsMax;
    this.elementsMax = elementsMax;
    this.texts.begin(end);
    const value = this.value(depthMax);
    if (this.p !== end) this.fail(`${end - this.p} bytes follow the value`);
    return value;
  }

  private fail(what: string, code: Code = Code.INTERNAL): never {
    throw new RpcError(code, `cannot decode msgpack at offset ${this.p - this.start}: ${what}`);
  }

  /** The position of the next `count` bytes, which are then read. */
  private take(count: number): number {
    const at = this.p;
    if (count > this.end - at) this.fail("the message ends inside a value");
    this.p = at + count;
    return at;
  }

  private count(elements: number): void {
    this.elementsLeft -= elements;
    if (this.elementsLeft < 0) this.fail(`more than decodedElementsMax = ${this.elementsMax} values`, Code.RESOURCE_EXHAUSTED);
  }

  private value(depth: number): unknown {
    const format = this.b[this.take(1)]!;
    if (format < 0x80) return format;
    if (format < 0x90) return this.record(format & 0x0f, depth);
    if (format < 0xa0) return this.list(format & 0x0f, depth);
    if (format < 0xc0) return this.text(format & 0x1f);
    if (format >= 0xe0) return format - 0x100;
    switch (format) {
      case Format.NIL:
        return null;
      case Format.FALSE:
        return false;
      case Format.TRUE:
        return true;
      case Format.FLOAT64:
        return this.view.getFloat64(this.take(8));
      case Format.FLOAT32:
        return this.view.getFloat32(this.take(4));
      case Format.UINT8:
        return this.b[this.take(1)]!;
      case Format.UINT16:
        return this.view.getUint16(this.take(2));
      case Format.UINT32:
        return this.view.getUint32(this.take(4));
      case Format.UINT64:
        return this.view.getBigUint64(this.take(8));
      case Format.INT8:
        return this.view.getInt8(this.take(1));
      case Format.INT16:
        return this.view.getInt16(this.take(2));
      case Format.INT32:
        return this.view.getInt32(this.take(4));
      case Format.INT64:
        return this.view.getBigInt64(this.take(8));
      case Format.STR8:
        return this.text(this.b[this.take(1)]!);
      case Format.STR16:
        return this.text(this.view.getUint16(this.take(2)));
      case Format.STR32:
        return this.text(this.view.getUint32(this.take(4)));
      case Format.BIN8:
        return this.bytes(this.b[this.take(1)]!);
      case Format.BIN16:
        return this.bytes(this.view.getUint16(this.take(2)));
      case Format.BIN32:
        return this.bytes(this.view.getUint32(this.take(4)));
      case Format.ARRAY16:
        return this.list(this.view.getUint16(this.take(2)), depth);
      case Format.ARRAY32:
        return this.list(this.view.getUint32(this.take(4)), depth);
      case Format.MAP16:
        return this.record(this.view.getUint16(this.take(2)), depth);
      case Format.MAP32:
        return this.record(this.view.getUint32(this.take(4)), depth);
      case Format.FIXEXT1:
        return this.extension(1, depth);
      case Format.FIXEXT2:
        return this.extension(2, depth);
      case Format.FIXEXT4:
        return this.extension(4, depth);
      case Format.FIXEXT8:
        return this.extension(8, depth);
      case Format.FIXEXT16:
        return this.extension(16, depth);
      case Format.EXT8:
        return this.extension(this.b[this.take(1)]!, depth);
      case Format.EXT16:
        return this.extension(this.view.getUint16(this.take(2)), depth);
      case Format.EXT32:
        return this.extension(this.view.getUint32(this.take(4)), depth);
      default:
        return this.fail("the byte 0xc1 begins no value");
    }
  }

  private text(length: number): string {
    const at = this.take(length);
    const text = this.texts.strict(this.b, at, this.p);
    return text ?? this.fail("a string is no valid UTF-8");
  }

  /** A copy: the receive buffer is overwritten after the call. */
  private bytes(length: number): Uint8Array {
    const at = this.take(length);
    return copiedBytes(this.b, at, at + length);
  }

  private list(length: number, depth: number): unknown[] {
    if (depth === 0) this.fail("values are nested deeper than depthMax", Code.RESOURCE_EXHAUSTED);
    this.count(length);
    // Each item takes a byte at least: a length beyond that is refused before anything is allocated for it.
    if (length > this.end - this.p) this.fail("the message ends inside a list");
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) items.push(this.value(depth - 1));
    return items;
  }

  private record(length: number, depth: number): Record<string, unknown> {
    if (depth === 0) this.fail("values are nested deeper than depthMax", Code.RESOURCE_EXHAUSTED);
    this.count(length + 1);
    if (length * 2 > this.end - this.p) this.fail("the message ends inside a map");
    const record: Record<string, unknown> = {};
    for (let index = 0; index < length; index++) {
      const key = this.key();
      record[key] = this.value(depth - 1);
    }
    return record;
  }

  /** Objects have strings for keys; other encoders' numbers become them. "__proto__" would be no mere key to whoever merges the value into another. */
  private key(): string {
    const format = this.b[this.p]!;
    let key: string;
    if (format >= Format.FIXSTR && format < Format.NIL) {
      const at = this.take(1 + (format & 0x1f)) + 1;
      key = cachedKey(this.b, at, this.p) ?? this.texts.strict(this.b, at, this.p) ?? this.fail("a key is no valid UTF-8");
    } else {
      const value = this.value(0);
      if (typeof value !== "string" && typeof value !== "number") this.fail(`a key is ${value === null ? "null" : typeof value}`);
      key = String(value);
    }
    if (key === "__proto__") this.fail('the key "__proto__" is refused', Code.INVALID_ARGUMENT);
    return key;
  }

  private extension(length: number, depth: number): unknown {
    const type = this.view.getInt8(this.take(1));
    const at = this.take(length);
    const after = this.p;
    switch (type) {
      case Extension.UNDEFINED:
        return undefined;
      case Extension.INVALID_DATE:
        return new Date(Number.NaN);
      case Extension.TIMESTAMP:
        return this.timestamp(at, length);
      case Extension.BIGINT:
        return this.hugeBigint(at, length);
      case Extension.MAP:
      case Extension.SET: {
        this.p = at;
        const items = this.value(depth);
        if (!Array.isArray(items) || this.p !== after) return this.fail("a map or a set is no list inside");
        return type === Extension.SET ? new Set(items) : this.mapOf(items);
      }
      default:
        return this.fail(`unknown extension ${type}`);
    }
  }

  private mapOf(items: readonly unknown[]): Map<unknown, unknown> {
    if (items.length % 2 === 1) this.fail("a map lacks a value");
    const map = new Map<unknown, unknown>();
    for (let index = 0; index < items.length; index += 2) map.set(items[index], items[index + 1]);
    return map;
  }

  private timestamp(at: number, length: number): Date {
    switch (length) {
      case 4:
        return new Date(this.view.getUint32(at) * 1000);
      case 8: {
        const word = this.view.getBigUint64(at);
        return new Date(Number(word & 0x3_ffff_ffffn) * 1000 + Math.floor(Number(word >> 34n) / 1_000_000));
      }
      case 12:
        return new Date(Number(this.view.getBigInt64(at + 4)) * 1000 + Math.floor(this.view.getUint32(at) / 1_000_000));
      default:
        return this.fail(`a timestamp of ${length} bytes`);
    }
  }

  private hugeBigint(at: number, length: number): bigint {
    if (length === 0 || length > BIGINT_BYTES_MAX) this.fail(`a big integer of ${length} bytes; ${BIGINT_BYTES_MAX} are allowed`);
    const hex = this.b.toString("hex", at, at + length);
    return BigInt.asIntN(length * 8, BigInt(`0x${hex}`));
  }
}

/** Longer integers cost more than their bytes to read. */
const BIGINT_BYTES_MAX = 4096;
