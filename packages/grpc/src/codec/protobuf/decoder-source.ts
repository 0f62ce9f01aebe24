import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { BuiltDecoder, CompiledMessage } from "./compiled.js";
import { type FieldPlan, isLong, type MessagePlan, tagOf, WireType, wireTypeOf } from "./plan.js";
import { reader } from "./reader.js";
import { setOwn, structJson, structOf } from "./struct.js";
import { unknownEnum } from "./unknown-enum.js";

/**
 * A decoder as straight-line source for one message type. Names from descriptors
 * enter the source only as JSON string literals.
 *
 * In the source: R reader, b bytes, p position, m message, d depth left, g the tag
 * that ends a group, t tag, n length, e end of a length-delimited value.
 */
export function sourceDecoder(plan: MessagePlan, of: (desc: DescMessage) => CompiledMessage): BuiltDecoder {
  const bound: unknown[] = [];
  const bind = (value: unknown): string => `x[${bound.push(value) - 1}]`;
  const constants: string[] = [];
  const constant = (value: unknown): string => {
    const name = `k${constants.length}`;
    constants.push(`const ${name} = ${bind(value)};`);
    return name;
  };
  const children = new Map<DescMessage, string>();
  const child = (desc: DescMessage): string => {
    let name = children.get(desc);
    if (name === undefined) {
      name = constant(of(desc));
      children.set(desc, name);
    }
    return name;
  };
  const source: Source = { constant, child, of };
  const cases = plan.fields.map((field) => fieldCase(field, source)).join("");
  const create = createSource(plan, constant);
  const body = `"use strict";
${constants.join("\n")}
${create}
function decode(b, p, end, m, d, g) {
  if (d === 0) R.tooDeep(p);
  while (p < end) {
    let t = b[p++];
    if (t > 127) { t = R.tag(b, p - 1); p = R.p; }
    switch (t >>> 3) {${cases}
    }
    if (t === g && g !== 0) { R.p = p; return; }
    p = R.unknown(m, b, t, p, end, d - 1);
  }
  if (p !== end || g !== 0) R.truncated(end);
}
return { decode, create };`;
  return new Function("R", "x", "setOwn", "structOf", "structJson", "unknownEnum", body)(
    reader,
    bound,
    setOwn,
    structOf,
    structJson,
    unknownEnum,
  ) as BuiltDecoder;
}

interface Source {
  constant(value: unknown): string;
  child(desc: DescMessage): string;
  of(desc: DescMessage): CompiledMessage;
}

const quoted = (name: string): string => JSON.stringify(name);

/** A message without content, with the keys that `create` gives it in the same order. */
function createSource({ model, prototype }: MessagePlan, constant: (value: unknown) => string): string {
  const values = Object.entries(model).map(([key, value]): [string, string] => [quoted(key), initial(value, constant)]);
  if (prototype === undefined) return `function create() { return { ${values.map(([key, value]) => `${key}: ${value}`).join(", ")} }; }`;
  return `function Message() { ${values.map(([key, value]) => `this[${key}] = ${value};`).join(" ")} }
Message.prototype = ${constant(prototype)};
function create() { return new Message(); }`;
}

function initial(value: unknown, constant: (value: unknown) => string): string {
  if (Array.isArray(value)) return "[]";
  if (value instanceof Uint8Array) return constant(value);
  if (typeof value === "object" && value !== null) return "case" in value ? "{ case: undefined }" : "{}";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return constant(value);
}

function fieldCase(field: FieldPlan, source: Source): string {
  const body =
    field.shape === "map"
      ? mapCase(field, source)
      : field.shape === "list"
        ? listCase(field, source)
        : field.message === undefined
          ? scalarCase(field, source)
          : messageCase(field, source);
  return `
      case ${field.number}: {${body}
        break;
      }`;
}

/** `if (t === TAG) { ...; continue; }`: another wire type falls through to the unknown fields. */
function when(tag: number, body: string): string {
  return `
        if (t === ${tag}) { ${body} continue; }`;
}

/** Reads a length: `e` is the end of what follows. Behind the end of the buffer there is no number, which no comparison holds for. */
function lengthThen(end: string): string {
  return `let n = b[p++]; if (n > 127) { n = R.length(b, p - 1, ${end}); p = R.p; } const e = p + n; if (!(e <= ${end})) R.truncated(p);`;
}

/** Statements that leave a scalar in `v` and move `p` behind it. */
function readScalar(scalar: ScalarType, longAsString: boolean, strictText: boolean, end: string): string {
  const long = (method: string): string => (longAsString ? `String(R.${method}(b, p))` : `R.${method}(b, p)`);
  switch (scalar) {
    case ScalarType.INT32:
      return "let v = b[p++]; if (v > 127) { v = R.varint(b, p - 1); p = R.p; }";
    case ScalarType.UINT32:
      return "let v = b[p++]; if (v > 127) { v = R.varint(b, p - 1) >>> 0; p = R.p; }";
    case ScalarType.SINT32:
      return "let v = b[p++]; if (v > 127) { v = R.varint(b, p - 1); p = R.p; } v = (v >>> 1) ^ -(v & 1);";
    case ScalarType.BOOL:
      return "let v = b[p++]; if (v > 127) { v = R.bool(b, p - 1); p = R.p; } else v = v !== 0;";
    case ScalarType.INT64:
      return `const v = ${long("int64")}; p = R.p;`;
    case ScalarType.UINT64:
      return `const v = ${long("uint64")}; p = R.p;`;
    case ScalarType.SINT64:
      return `const v = ${long("sint64")}; p = R.p;`;
    case ScalarType.FIXED64:
      return `const v = ${long("fixed64")}; p += 8;`;
    case ScalarType.SFIXED64:
      return `const v = ${long("sfixed64")}; p += 8;`;
    case ScalarType.FIXED32:
      return "const v = R.fixed32(b, p); p += 4;";
    case ScalarType.SFIXED32:
      return "const v = R.sfixed32(b, p); p += 4;";
    case ScalarType.FLOAT:
      return "const v = R.float(b, p); p += 4;";
    case ScalarType.DOUBLE:
      return "const v = R.double(b, p); p += 8;";
    case ScalarType.STRING:
      return `${lengthThen(end)} const v = R.${strictText ? "strictText" : "text"}(b, p, e); p = e;`;
    case ScalarType.BYTES:
      return `${lengthThen(end)} const v = R.bytes(b, p, e); p = e;`;
  }
}

function scalarCase(field: FieldPlan, source: Source): string {
  const scalar = field.scalar!;
  const set =
    field.oneof === undefined
      ? `m[${quoted(field.name)}] = v;`
      : `m[${quoted(field.oneof.localName)}] = { case: ${quoted(field.name)}, value: v };`;
  const checked =
    field.closed === undefined
      ? set
      : `if (p > end) R.truncated(p); if (${source.constant(field.closed)}.has(v)) { ${set} } else R.keep(m, p, unknownEnum(${field.number}, v));`;
  return when(tagOf(field.number, wireTypeOf(scalar)), `${readScalar(scalar, field.longAsString, field.strictText, "end")} ${checked}`);
}

/** Reads the message `c` that has been created, by length or as a group. */
function readMessage(field: FieldPlan, child: string, before: string, after: string): string {
  if (field.group) {
    const begin = tagOf(field.number, WireType.START_GROUP);
    return when(begin, `${before} ${child}.decode(b, p, end, c, d - 1, ${begin + 1}); p = R.p; ${after}`);
  }
  return when(
    tagOf(field.number, WireType.LENGTH),
    `${lengthThen("end")} ${before} ${child}.decode(b, p, e, c, d - 1, 0); p = e; ${after}`,
  );
}

function messageCase(field: FieldPlan, source: Source): string {
  const child = source.child(field.message!);
  const counted = `R.count(p, ${source.of(field.message!).plan.elements})`;
  const at = `m[${quoted(field.name)}]`;
  if (field.held === "struct") return readMessage(field, child, `${counted}; const c = structOf(${at});`, `${at} = structJson(c);`);
  if (field.held === "wrapper") {
    return readMessage(
      field,
      child,
      `${counted}; const c = ${child}.create(); if (${at} !== undefined) c.value = ${at};`,
      `${at} = c.value;`,
    );
  }
  if (field.oneof === undefined) {
    return readMessage(field, child, `let c = ${at}; if (c === undefined) { ${counted}; c = ${at} = ${child}.create(); }`, "");
  }
  const oneof = `m[${quoted(field.oneof.localName)}]`;
  const name = quoted(field.name);
  return readMessage(
    field,
    child,
    `let c; if (${oneof}.case === ${name}) c = ${oneof}.value; else { ${counted}; c = ${child}.create(); }`,
    `${oneof} = { case: ${name}, value: c };`,
  );
}

function listCase(field: FieldPlan, source: Source): string {
  const at = `m[${quoted(field.name)}]`;
  if (field.message !== undefined) {
    const child = source.child(field.message);
    const counted = `R.count(p, ${source.of(field.message).plan.elements})`;
    return readMessage(
      field,
      child,
      `${counted}; const c = ${child}.create();`,
      `${at}.push(${field.held === "struct" ? "structJson(c)" : "c"});`,
    );
  }
  const scalar = field.scalar!;
  const item = (end: string): string => readScalar(scalar, field.longAsString, field.strictText, end);
  const wireType = wireTypeOf(scalar);
  // Numbers take no more memory than eight times their bytes, so only what is allocated one by one counts.
  const counted = isLong(scalar) || wireType === WireType.LENGTH ? "R.count(p, 1);" : "";
  const single = when(tagOf(field.number, wireType), `${item("end")} ${counted} ${at}.push(v);`);
  if (wireType === WireType.LENGTH) return single;
  const packed = when(
    tagOf(field.number, WireType.LENGTH),
    `${lengthThen("end")} const l = ${at}; while (p < e) { ${item("e")} ${counted} l.push(v); } if (p !== e) R.truncated(p);`,
  );
  // Both forms are understood whatever the schema says; the one it says is asked for first.
  return field.packed ? packed + single : single + packed;
}

function mapCase(field: FieldPlan, source: Source): string {
  const key = field.mapKey!;
  const at = `m[${quoted(field.name)}]`;
  const keyZero = key === ScalarType.STRING ? '""' : key === ScalarType.BOOL ? "false" : "0";
  const readKey =
    key === ScalarType.STRING
      ? `{ ${lengthThen("e0")} key = R.key(b, p, e, ${field.strictText}); p = e; }`
      : `{ ${readScalar(key, false, field.strictText, "e0")} key = v; }`;
  const value = mapValue(field, source);
  const store =
    key === ScalarType.STRING ? `if (key === "__proto__") setOwn(${at}, key, val); else ${at}[key] = val;` : `${at}[String(key)] = val;`;
  return when(
    tagOf(field.number, WireType.LENGTH),
    `${lengthThen("end")} R.count(p, 1); const e0 = e; let key = ${keyZero}, val = ${value.zero};
          while (p < e0) {
            let t = b[p++];
            if (t > 127) { t = R.tag(b, p - 1); p = R.p; }
            if (t === ${tagOf(1, wireTypeOf(key))}) ${readKey}
            else if (t === ${value.tag}) { ${value.read} }
            else p = R.skip(b, t, p, e0, d - 1);
          }
          if (p !== e0) R.truncated(p);
          ${value.finish} ${store}`,
  );
}

interface MapValue {
  readonly tag: number;
  readonly zero: string;
  readonly read: string;
  readonly finish: string;
}

function mapValue(field: FieldPlan, source: Source): MapValue {
  if (field.message === undefined) {
    const scalar = field.scalar!;
    return {
      tag: tagOf(2, wireTypeOf(scalar)),
      zero: scalarZero(field),
      read: `${readScalar(scalar, false, field.strictText, "e0")} val = v;`,
      finish: scalar === ScalarType.BYTES ? "if (val === undefined) val = new Uint8Array(0);" : "",
    };
  }
  const child = source.child(field.message);
  const made = `R.count(p, ${source.of(field.message).plan.elements}); val = ${child}.create();`;
  return {
    tag: tagOf(2, WireType.LENGTH),
    zero: "undefined",
    // A value that comes twice within one entry merges, as any singular message does.
    read: `${lengthThen("e0")} if (val === undefined) { ${made} } ${child}.decode(b, p, e, val, d - 1, 0); p = e;`,
    finish: `if (val === undefined) { ${made} }${field.held === "struct" ? " val = structJson(val);" : ""}`,
  };
}

function scalarZero(field: FieldPlan): string {
  if (field.enum !== undefined) return String(field.zero);
  const scalar = field.scalar!;
  if (isLong(scalar)) return "0n";
  if (scalar === ScalarType.STRING) return '""';
  if (scalar === ScalarType.BOOL) return "false";
  return scalar === ScalarType.BYTES ? "undefined" : "0";
}
