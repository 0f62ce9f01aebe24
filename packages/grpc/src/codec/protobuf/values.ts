import { ScalarType } from "@bufbuild/protobuf";
import type { Writer } from "./writer.js";

/**
 * Values as programs give them, into what the writer takes. These are the slow
 * halves of the checks: generated code asks only when a value is not plainly right.
 * Numbers and 64-bit integers may be given as strings, as @bufbuild/protobuf allows.
 */
const RANGES: Readonly<Partial<Record<ScalarType, readonly [bigint, bigint]>>> = {
  [ScalarType.INT32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.SINT32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.SFIXED32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.UINT32]: [0n, 2n ** 32n - 1n],
  [ScalarType.FIXED32]: [0n, 2n ** 32n - 1n],
  [ScalarType.INT64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.SINT64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.SFIXED64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.UINT64]: [0n, 2n ** 64n - 1n],
  [ScalarType.FIXED64]: [0n, 2n ** 64n - 1n],
};

function integer(writer: Writer, field: string, type: ScalarType, value: unknown): bigint {
  const name = ScalarType[type].toLowerCase();
  let result: bigint | undefined;
  if (typeof value === "bigint") result = value;
  else if (typeof value === "string" ? value.trim() !== "" : typeof value === "number") {
    try {
      result = BigInt(value as string | number);
    } catch {
      // Not an integer: reported below.
    }
  }
  if (result === undefined) return writer.fail(field, `invalid ${name}: ${typeof value === "object" ? "object" : String(value)}`);
  const [least, most] = RANGES[type]!;
  if (result < least || result > most) return writer.fail(field, `invalid ${name}: ${result} is out of range`);
  return result;
}

/** An integer of 32 bits. */
export function number32(writer: Writer, field: string, type: ScalarType, value: unknown): number {
  if (typeof value === "bigint") return writer.fail(field, `invalid ${ScalarType[type].toLowerCase()}: bigint`);
  return Number(integer(writer, field, type, value));
}

/** An integer of 64 bits. */
export function bigint64(writer: Writer, field: string, type: ScalarType, value: unknown): bigint {
  return integer(writer, field, type, value);
}

export function float32(writer: Writer, field: string, value: unknown): number {
  const result = double(writer, field, value);
  if (Number.isFinite(result) && !Number.isFinite(Math.fround(result)))
    return writer.fail(field, `invalid float: ${result} is out of range`);
  return result;
}

export function double(writer: Writer, field: string, value: unknown): number {
  const result = typeof value === "string" && (value === "NaN" || !Number.isNaN(Number(value))) ? Number(value) : value;
  if (typeof result !== "number") return writer.fail(field, `invalid number: ${typeof value}`);
  return result;
}

export function bytes(writer: Writer, field: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return new Uint8Array(value as number[]);
  return writer.fail(field, `expected a Uint8Array, got ${typeof value}`);
}
