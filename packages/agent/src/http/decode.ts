/** Request bodies, decoded as Go's encoding/json does: names in any case, unknown names refused, types strict. */
import { parseDuration } from "./go-duration.js";
import { sortedMap } from "./go-json.js";
import { badRequest } from "./reply.js";

/** What a field holds. A nested schema is an object of it, an array of one schema a list of it. */
export type Kind =
  | "string"
  | "int"
  | "uint64"
  | "bool"
  | "strings"
  | "string-map"
  | "strings-map"
  | "any"
  | "duration"
  | Schema
  | readonly [Schema]
  | { readonly mapOf: Schema };

export interface Schema {
  /** Unknown fields are passed over instead of refused. @default false */
  readonly isLenient?: boolean;
  /** Go's name of the whole, for error messages. */
  readonly goName?: string;
  readonly fields: Readonly<Record<string, Kind>>;
  /** Other spellings: alias to field. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** A decoded object; absent and null fields are undefined. Durations are nanoseconds, 64-bit integers number or bigint. */
export type Decoded = Readonly<Record<string, unknown>>;

/** @throws HttpError 400 with Consul's "Request decode failed: ...". */
export function decodeBody(body: Buffer, schema: Schema): Decoded {
  return decodeValue(parseJson(body), schema);
}

export function parseJson(body: Buffer): unknown {
  if (body.length === 0) throw decodeError("EOF");
  const text = body.toString("utf8");
  try {
    return parseExactly(text);
  } catch (error) {
    throw decodeError(goSyntaxError(text, error));
  }
}

export function decodeValue(value: unknown, schema: Schema): Decoded {
  if (value === null) return {};
  const { goName = "" } = schema;
  if (typeof value !== "object" || Array.isArray(value)) throw mismatch(value, "", goName === "" ? "object" : `structs.${goName}`);
  return decodeObject(value as Record<string, unknown>, schema, goName);
}

function decodeObject(value: Record<string, unknown>, schema: Schema, where: string): Record<string, unknown> {
  const names = namesOf(schema);
  const decoded: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const name = names.get(key.toLowerCase());
    if (name === undefined && schema.isLenient === true) continue;
    if (name === undefined) throw decodeError(`json: unknown field ${JSON.stringify(key)}`);
    const item = value[key];
    if (item === null) continue;
    decoded[name] = decodeField(item, schema.fields[name]!, `${where}.${name}`);
  }
  return decoded;
}

function decodeField(value: unknown, kind: Kind, where: string): unknown {
  if (typeof kind === "object") return decodeNested(value, kind, where);
  switch (kind) {
    case "any":
      return value;
    case "string":
      if (typeof value !== "string") throw mismatch(value, where, "string");
      return value;
    case "bool":
      if (typeof value !== "boolean") throw mismatch(value, where, "bool");
      return value;
    case "int":
      if (typeof value !== "number" || !Number.isInteger(value)) throw mismatch(value, where, "int");
      return value;
    case "uint64":
      return decodeUint64(value, where);
    case "duration":
      return decodeDuration(value, where);
    case "strings":
      if (!Array.isArray(value)) throw mismatch(value, where, "[]string");
      return value.map((item) => decodeField(item ?? "", "string", where));
    case "string-map":
      return mapOf(value, "string", where);
    case "strings-map":
      return mapOf(value, "strings", where);
  }
}

function decodeNested(value: unknown, kind: Exclude<Kind, string>, where: string): unknown {
  if (Array.isArray(kind)) {
    if (!Array.isArray(value)) throw mismatch(value, where, "slice");
    return value.map((item) => decodeNested(item ?? {}, (kind as readonly [Schema])[0], where));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw mismatch(value, where, "struct");
  if ("mapOf" in kind) {
    const entries = Object.entries(value as Record<string, unknown>);
    return sortedMap(Object.fromEntries(entries.map(([name, item]) => [name, decodeNested(item ?? {}, kind.mapOf, where)])));
  }
  return decodeObject(value as Record<string, unknown>, kind as Schema, where);
}

function mapOf(value: unknown, kind: Kind, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw mismatch(value, where, "map[string]string");
  const entries = Object.entries(value as Record<string, unknown>);
  return sortedMap(
    Object.fromEntries(entries.map(([name, item]) => [name, decodeField(item ?? (kind === "strings" ? [] : ""), kind, where)])),
  );
}

function decodeUint64(value: unknown, where: string): number | bigint {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  if (typeof value === "bigint" && value >= 0n && value < 1n << 64n) return normalizeUint64(value);
  throw mismatch(value, where, "uint64");
}

/** A number where it is exact, a bigint beyond. */
export function normalizeUint64(integer: bigint): number | bigint {
  return integer <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(integer) : integer;
}

function decodeDuration(value: unknown, where: string): number {
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  if (typeof value !== "string") throw mismatch(value, where, "time.Duration");
  if (value === "") throw decodeError('time: invalid duration ""');
  const ns = parseDuration(value);
  if (ns !== undefined) return ns;
  const missing = /^[+-]?[\d.]+$/.test(value) ? "missing unit in" : "invalid";
  throw decodeError(`time: ${missing} duration ${JSON.stringify(value)}`);
}

/** Begins only where a number begins: begun at each digit of a long one, the search would take the square of its length. */
const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** JSON.parse would round integers beyond 2^53: where there are any, they become bigints. */
function parseExactly(text: string): unknown {
  // Parsed first in any case: in a text that is no JSON the search below could look through the rest for every quote.
  const parsed: unknown = JSON.parse(text);
  if (!/\d{16}/.test(text)) return parsed;
  const mark = `int-${Math.random()}:`;
  const marked = text.replace(STRING_OR_LONG_INTEGER, (token) => (token.startsWith('"') ? token : `"${mark}${token}"`));
  return JSON.parse(marked, (_, value) => {
    if (typeof value !== "string" || !value.startsWith(mark)) return value;
    const integer = BigInt(value.slice(mark.length));
    return integer <= BigInt(Number.MAX_SAFE_INTEGER) && integer >= -BigInt(Number.MAX_SAFE_INTEGER) ? Number(integer) : integer;
  });
}

/** Go's words for the commonest mistakes. */
function goSyntaxError(text: string, error: unknown): string {
  if (text.trim() === "") return "EOF";
  const message = error instanceof Error ? error.message : String(error);
  if (/Unexpected end|Unterminated/.test(message)) return "unexpected EOF";
  const position = Number(/position (\d+)/.exec(message)?.[1] ?? Number.NaN);
  if (position >= text.length || (Number.isNaN(position) && /^\s*[{[]\s*$/.test(text))) return "unexpected EOF";
  const found = /Unexpected token '?(.)/.exec(message)?.[1] ?? text[position];
  if (found === undefined) return `invalid JSON: ${message}`;
  const looked = /property name/.test(message) ? "looking for beginning of object key string" : "looking for beginning of value";
  return `invalid character '${found}' ${looked}`;
}

function mismatch(value: unknown, where: string, type: string): Error {
  const found = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  const field = where === "" ? "value" : `struct field ${where}`;
  return decodeError(`json: cannot unmarshal ${found} into Go ${field} of type ${type}`);
}

export function decodeError(message: string): Error {
  return badRequest(`Request decode failed: ${message}`);
}

const NAMES = new WeakMap<Schema, Map<string, string>>();

function namesOf(schema: Schema): Map<string, string> {
  let names = NAMES.get(schema);
  if (names === undefined) {
    names = new Map(Object.keys(schema.fields).map((name) => [name.toLowerCase(), name]));
    for (const [alias, name] of Object.entries(schema.aliases ?? {})) names.set(alias.toLowerCase(), name);
    NAMES.set(schema, names);
  }
  return names;
}
