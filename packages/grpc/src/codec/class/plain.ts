import { refused } from "./msgpack-encoder.js";

/**
 * A value as JSON can say it: dates as ISO text, bigint as decimal text, bytes in
 * base64 (all as in protobuf's JSON mapping), sets as lists, maps as objects or, when
 * a key is no string, as lists of pairs. Throws `refused`; `encodingRefusal` says why.
 */
export function plain(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "bigint":
      return value.toString();
    case "function":
    case "symbol":
      throw refused;
    case "object":
      return value === null ? null : plainObject(value, depth);
    default:
      return value;
  }
}

function plainObject(value: object, depth: number): unknown {
  if (depth === 0) throw refused;
  const inner = (item: unknown): unknown => plain(item, depth - 1);
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : inner(item)));
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Set) return [...value].map(inner);
  if (value instanceof Map) return plainMap(value, inner);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) throw refused;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return inner(toJSON.call(value));
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (key === "__proto__") throw refused;
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) result[key] = inner(item);
  }
  return result;
}

function plainMap(map: ReadonlyMap<unknown, unknown>, inner: (item: unknown) => unknown): unknown {
  if (![...map.keys()].every((key) => typeof key === "string" && key !== "__proto__")) return [...map].map(inner);
  return Object.fromEntries([...map].filter(([, item]) => item !== undefined).map(([key, item]) => [key, inner(item)]));
}
