import type { ByteSink } from "@consulrpc/http2";
import { Extension, Format } from "./msgpack-format.js";

/** Strings up to this length are written in JavaScript while they are ASCII (measured by bench/codec.ts). */
const SHORT_STRING_CHARS = 40;

/** Room for every value of bounded size and every header. */
const ROOM = 16;

type NativeWrite = Buffer & { utf8Write(text: string, position: number): number };

/** Thrown inside when a value cannot be encoded; the codec then finds out why, and where. */
export const refused: Error = new Error("refused");

/** Values into MessagePack, straight into a sink. `b` is read again after whatever may have grown the sink. */
export class MsgpackEncoder {
  private sink: ByteSink | undefined;
  private b: Buffer = Buffer.alloc(0);

  encode(value: unknown, sink: ByteSink, depthMax: number): void {
    this.sink = sink;
    this.b = sink.bytes;
    sink.position = this.value(value, sink.position, depthMax);
  }

  private grow(p: number, count: number): Buffer {
    const sink = this.sink!;
    sink.position = p;
    sink.reserve(count);
    this.b = sink.bytes;
    return this.b;
  }

  private value(value: unknown, p: number, depth: number): number {
    let b = this.b;
    if (p + ROOM > b.length) b = this.grow(p, ROOM);
    switch (typeof value) {
      case "string":
        return this.text(value, p);
      case "number":
        return this.number(value, p);
      case "boolean":
        b[p] = value ? Format.TRUE : Format.FALSE;
        return p + 1;
      case "undefined":
        b[p] = Format.FIXEXT1;
        b[p + 1] = Extension.UNDEFINED;
        b[p + 2] = 0;
        return p + 3;
      case "bigint":
        return this.bigint(value, p);
      case "object":
        if (value === null) {
          b[p] = Format.NIL;
          return p + 1;
        }
        return this.object(value, p, depth);
      default:
        throw refused;
    }
  }

  private number(value: number, p: number): number {
    const b = this.b;
    if (value === (value | 0) && !(value === 0 && Object.is(value, -0))) {
      if (value >= 0) {
        if (value < 0x80) {
          b[p] = value;
          return p + 1;
        }
        if (value < 0x100) {
          b[p] = Format.UINT8;
          b[p + 1] = value;
          return p + 2;
        }
        return value < 0x10000 ? this.short(p, Format.UINT16, value) : this.word(p, Format.UINT32, value);
      }
      if (value >= -0x20) {
        b[p] = value;
        return p + 1;
      }
      if (value >= -0x80) {
        b[p] = Format.INT8;
        b[p + 1] = value;
        return p + 2;
      }
      return value >= -0x8000 ? this.short(p, Format.INT16, value) : this.word(p, Format.INT32, value);
    }
    b[p] = Format.FLOAT64;
    this.sink!.view.setFloat64(p + 1, value);
    return p + 9;
  }

  private short(p: number, format: number, value: number): number {
    const b = this.b;
    b[p] = format;
    b[p + 1] = value >>> 8;
    b[p + 2] = value;
    return p + 3;
  }

  private word(p: number, format: number, value: number): number {
    const b = this.b;
    b[p] = format;
    b[p + 1] = value >>> 24;
    b[p + 2] = value >>> 16;
    b[p + 3] = value >>> 8;
    b[p + 4] = value;
    return p + 5;
  }

  private text(value: string, start: number): number {
    const length = value.length;
    let b = this.b;
    if (start + length * 3 + ROOM > b.length) b = this.grow(start, length * 3 + ROOM);
    if (length <= SHORT_STRING_CHARS) {
      const content = length < 32 ? start + 1 : start + 2;
      let p = content;
      let index = 0;
      for (; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code > 0x7f) break;
        b[p++] = code;
      }
      if (index === length) {
        this.textHeader(start, length);
        return p;
      }
    }
    const expected = headerBytes(length);
    const written = (b as NativeWrite).utf8Write(value, start + expected);
    const needed = headerBytes(written);
    if (needed !== expected) b.copyWithin(start + needed, start + expected, start + expected + written);
    return this.textHeader(start, written) + written;
  }

  private textHeader(p: number, length: number): number {
    if (length < 32) {
      this.b[p] = Format.FIXSTR | length;
      return p + 1;
    }
    if (length < 0x100) {
      this.b[p] = Format.STR8;
      this.b[p + 1] = length;
      return p + 2;
    }
    return length < 0x10000 ? this.short(p, Format.STR16, length) : this.word(p, Format.STR32, length);
  }

  private bigint(value: bigint, p: number): number {
    const { view } = this.sink!;
    if (BigInt.asIntN(64, value) === value) {
      this.b[p] = Format.INT64;
      view.setBigInt64(p + 1, value);
      return p + 9;
    }
    if (BigInt.asUintN(64, value) === value) {
      this.b[p] = Format.UINT64;
      view.setBigUint64(p + 1, value);
      return p + 9;
    }
    return this.hugeBigint(value, p);
  }

  private hugeBigint(value: bigint, p: number): number {
    const digits = (value < 0n ? -value : value).toString(16).length;
    // One more half-byte than the digits, for the sign.
    const count = (digits >> 1) + 1;
    if (p + ROOM + count > this.b.length) this.grow(p, ROOM + count);
    const start = this.extensionHeader(p, Extension.BIGINT, count);
    let rest = BigInt.asUintN(count * 8, value);
    for (let at = start + count - 1; at >= start; at--) {
      this.b[at] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    return start + count;
  }

  private extensionHeader(p: number, type: number, count: number): number {
    let at: number;
    if (count < 0x100) {
      this.b[p] = Format.EXT8;
      this.b[p + 1] = count;
      at = p + 2;
    } else {
      at = count < 0x10000 ? this.short(p, Format.EXT16, count) : this.word(p, Format.EXT32, count);
    }
    this.b[at] = type;
    return at + 1;
  }

  private object(value: object, p: number, depth: number): number {
    if (depth === 0) throw refused;
    if (Array.isArray(value)) return this.items(value, value.length, p, depth - 1);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.record(value as Record<string, unknown>, p, depth - 1);
    if (value instanceof Uint8Array) return this.bytes(value, p);
    if (value instanceof Date) return this.date(value, p);
    if (value instanceof Map) return this.extension(Extension.MAP, [...value].flat(1), value.size * 2, p, depth);
    if (value instanceof Set) return this.extension(Extension.SET, [...value], value.size, p, depth);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) throw refused;
    const { toJSON } = value as { toJSON?: unknown };
    // What knows its own plain form (a URL, a decimal) is asked for it; the rest of the classes are their fields.
    if (typeof toJSON === "function") return this.value(toJSON.call(value), p, depth - 1);
    return this.record(value as Record<string, unknown>, p, depth - 1);
  }

  private items(items: readonly unknown[], count: number, start: number, depth: number): number {
    let p = this.listHeader(start, count);
    for (let index = 0; index < count; index++) p = this.value(items[index], p, depth);
    return p;
  }

  private listHeader(p: number, count: number): number {
    if (count < 16) {
      this.b[p] = Format.FIXARRAY | count;
      return p + 1;
    }
    return count < 0x10000 ? this.short(p, Format.ARRAY16, count) : this.word(p, Format.ARRAY32, count);
  }

  /** The fields' number is known only behind them: one byte is left for it, and they are moved when it takes more. */
  private record(value: Record<string, unknown>, start: number, depth: number): number {
    let count = 0;
    let p = start + 1;
    for (const key in value) {
      if (!Object.hasOwn(value, key)) continue;
      if (key === "__proto__") throw refused;
      count++;
      p = this.value(value[key], this.text(key, p), depth);
    }
    if (count < 16) {
      this.b[start] = Format.FIXMAP | count;
      return p;
    }
    const header = count < 0x10000 ? 3 : 5;
    if (p + header > this.b.length) this.grow(p, header);
    this.b.copyWithin(start + header, start + 1, p);
    if (header === 3) this.short(start, Format.MAP16, count);
    else this.word(start, Format.MAP32, count);
    return p + header - 1;
  }

  private bytes(value: Uint8Array, start: number): number {
    const { length } = value;
    if (start + length + ROOM > this.b.length) this.grow(start, length + ROOM);
    let p: number;
    if (length < 0x100) {
      this.b[start] = Format.BIN8;
      this.b[start + 1] = length;
      p = start + 2;
    } else {
      p = length < 0x10000 ? this.short(start, Format.BIN16, length) : this.word(start, Format.BIN32, length);
    }
    this.b.set(value, p);
    return p + length;
  }

  /** A timestamp of 32 bits where that is enough, else of 96. */
  private date(value: Date, p: number): number {
    const b = this.b;
    const ms = value.getTime();
    if (Number.isNaN(ms)) {
      b[p] = Format.FIXEXT1;
      b[p + 1] = Extension.INVALID_DATE;
      b[p + 2] = 0;
      return p + 3;
    }
    const seconds = Math.floor(ms / 1000);
    if (ms === seconds * 1000 && seconds >= 0 && seconds < 2 ** 32) {
      b[p] = Format.FIXEXT4;
      this.word(p + 1, Extension.TIMESTAMP, seconds);
      return p + 6;
    }
    b[p] = Format.EXT8;
    b[p + 1] = 12;
    this.word(p + 2, Extension.TIMESTAMP, (ms - seconds * 1000) * 1_000_000);
    this.sink!.view.setBigInt64(p + 7, BigInt(seconds));
    return p + 15;
  }

  /** An array inside an extension of 32 bits of length: patched behind it. */
  private extension(type: number, items: readonly unknown[], count: number, p: number, depth: number): number {
    if (p + ROOM > this.b.length) this.grow(p, ROOM);
    const end = this.items(items, count, p + 6, depth - 1);
    this.word(p, Format.EXT32, end - p - 6);
    this.b[p + 5] = type;
    return end;
  }
}

function headerBytes(length: number): number {
  return length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5;
}
