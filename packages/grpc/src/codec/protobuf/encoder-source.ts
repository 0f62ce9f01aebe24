import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { CompiledMessage, Encode } from "./compiled.js";
import { bytesMaxOf, type FieldPlan, isLong, type MessagePlan, tagOf, WireType, wireTypeOf } from "./plan.js";
import { structOf } from "./struct.js";
import * as values from "./values.js";
import { writer } from "./writer.js";

/** Bytes that are made sure of beyond what a field of bounded size needs: one check then serves a run of such fields. */
const TAG_BYTES_MAX = 5;

/**
 * An encoder as straight-line source for one message type, its fields in the order
 * of their numbers. It takes what `create` takes: absent fields are left out.
 *
 * In the source: W writer, V checks of values, b bytes, p position, m message,
 * v value, s where a length will stand, g how many bytes are left for it (r: now; the
 * field may hold its own type, which changes g meanwhile).
 */
export function sourceEncoder(plan: MessagePlan, of: (desc: DescMessage) => CompiledMessage): Encode {
  const bound: unknown[] = [];
  const constants: string[] = [];
  const constant = (value: unknown): string => {
    const name = `k${constants.length}`;
    constants.push(`const ${name} = x[${bound.push(value) - 1}];`);
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
  const variable = (initial: string): string => {
    const name = `g${constants.length}`;
    constants.push(`let ${name} = ${initial};`);
    return name;
  };
  const source: Source = { constant, variable, child };
  const { oneofs } = plan.desc;
  const oneofNames = new Map(oneofs.map((oneof, index) => [oneof.localName, `o${index}`]));
  // How many bytes the fields of bounded size that follow directly may take.
  const room: number[] = [];
  let following = 0;
  for (const field of plan.fields.toReversed()) {
    const bounded = field.shape === "single" && field.scalar !== undefined ? bytesMaxOf(field.scalar) : undefined;
    if (bounded === undefined) {
      room.unshift(following);
      following = 0;
    } else {
      following += TAG_BYTES_MAX + bounded;
      room.unshift(0);
    }
  }
  const fields = plan.fields
    .map((field, index) => fieldSource(field, source, room[index]!, field.oneof && oneofNames.get(field.oneof.localName)))
    .join("");
  const body = `"use strict";
${constants.join("\n")}
const has = Object.prototype.hasOwnProperty;
return function encode(m, p) {
  if (typeof m !== "object" || m === null) W.fail(${quoted(plan.typeName)}, "expected a message, got " + (m === null ? "null" : typeof m));
  if (m.$typeName !== ${quoted(plan.typeName)} && m.$typeName !== undefined) W.fail(${quoted(plan.typeName)}, "got a message of type " + m.$typeName);
  let b = W.b;
  ${reserve(following)}
  ${oneofs.map((oneof, index) => `const q${index} = m[${quoted(oneof.localName)}], o${index} = q${index} == null ? undefined : q${index}.case;`).join("\n  ")}${fields}
  if (m.$unknown !== undefined) p = W.unknown(p, m.$unknown);
  return p;
};`;
  return new Function("W", "V", "x", "structOf", body)(writer, values, bound, structOf) as Encode;
}

interface Source {
  constant(value: unknown): string;
  /** A variable that keeps its value from call to call. */
  variable(initial: string): string;
  child(desc: DescMessage): string;
}

const quoted = (name: string): string => JSON.stringify(name);

function reserve(count: number): string {
  return count === 0 ? "" : `if (p + ${count} > b.length) b = W.grow(p, ${count});`;
}

function tag(number: number, wireType: number): string {
  let rest = tagOf(number, wireType);
  let source = "";
  for (; rest > 0x7f; rest >>>= 7) source += `b[p++] = ${(rest & 0x7f) | 0x80}; `;
  return `${source}b[p++] = ${rest};`;
}

function fieldSource(field: FieldPlan, source: Source, room: number, oneof: string | undefined): string {
  const after = reserve(room);
  if (field.shape === "list") return listField(field, source, after);
  if (field.shape === "map") return mapField(field, source, after);
  const write = field.message === undefined ? scalarField(field, field.number, "") : messageField(field, source);
  // What follows needs room whether or not this field was written.
  if (oneof !== undefined) {
    return `
  if (${oneof} === ${quoted(field.name)}) { let v = q${oneof.slice(1)}.value; ${write} }
  ${field.message === undefined && bytesMaxOf(field.scalar!) !== undefined ? "" : after}`;
  }
  const required = field.presence === "required" ? ` else W.fail(${quoted(field.label)}, "the required field is not set");` : "";
  return `
  { let v = m[${quoted(field.name)}]; if (${present(field, source)}) { ${write} }${required} }
  ${after}`;
}

/** The condition under which a singular field is written. */
function present(field: FieldPlan, source: Source): string {
  switch (field.presence) {
    case "explicit":
      return "v != null";
    case "required":
      return `v != null && has.call(m, ${quoted(field.name)})`;
    case "own": {
      const zero =
        typeof field.zero === "object"
          ? source.constant(field.zero)
          : typeof field.zero === "bigint"
            ? `${field.zero}n`
            : literal(field.zero);
      return `v != null && (v !== ${zero} || has.call(m, ${quoted(field.name)}))`;
    }
    case "implicit":
      return implicit(field);
  }
}

/** JSON has no NaN and no infinities, which a default may be. */
function literal(value: unknown): string {
  return typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : JSON.stringify(value);
}

function implicit(field: FieldPlan): string {
  if (field.enum !== undefined) return `v !== ${field.zero} && v != null`;
  const scalar = field.scalar!;
  if (isLong(scalar)) return field.longAsString ? 'v && v !== "0"' : "v";
  switch (scalar) {
    case ScalarType.BOOL:
      return "v";
    case ScalarType.STRING:
      return 'v !== "" && v != null';
    case ScalarType.BYTES:
      return "v != null && v.length !== 0";
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      // -0 is not the zero value.
      return "!Object.is(v, 0) && v != null";
    default:
      return "v !== 0 && v != null";
  }
}

/** Text and bytes make their own room, so their tag has to. */
function scalarField(field: FieldPlan, number: number, type: string): string {
  const scalar = field.scalar!;
  const makesRoom = bytesMaxOf(scalar) === undefined ? reserve(TAG_BYTES_MAX) : "";
  return `${check(scalar, field.label + type)} ${makesRoom} ${tag(number, wireTypeOf(scalar))} ${write(scalar)}`;
}

/** Makes `v` what `write` takes, or throws. */
function check(scalar: ScalarType, label: string): string {
  const field = quoted(label);
  const type = scalar as number;
  switch (scalar) {
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return `if (v !== (v | 0)) v = V.number32(W, ${field}, ${type}, v);`;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return `if (v !== v >>> 0) v = V.number32(W, ${field}, ${type}, v);`;
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return `if (typeof v !== "bigint" || BigInt.asIntN(64, v) !== v) v = V.bigint64(W, ${field}, ${type}, v);`;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return `if (typeof v !== "bigint" || BigInt.asUintN(64, v) !== v) v = V.bigint64(W, ${field}, ${type}, v);`;
    case ScalarType.FLOAT:
      return `if (typeof v !== "number" || v > 3.4e38 || v < -3.4e38) v = V.float32(W, ${field}, v);`;
    case ScalarType.DOUBLE:
      return `if (typeof v !== "number") v = V.double(W, ${field}, v);`;
    case ScalarType.STRING:
      return 'if (typeof v !== "string") v = String(v);';
    case ScalarType.BYTES:
      return `if (!(v instanceof Uint8Array)) v = V.bytes(W, ${field}, v);`;
    case ScalarType.BOOL:
      return "";
  }
}

/** Writes the checked `v`. */
function write(scalar: ScalarType): string {
  switch (scalar) {
    case ScalarType.INT32:
      return "if (v >= 0 && v < 128) b[p++] = v; else p = W.int32(p, v);";
    case ScalarType.UINT32:
      return "if (v < 128) b[p++] = v; else p = W.varint(p, v);";
    case ScalarType.SINT32:
      return "v = ((v << 1) ^ (v >> 31)) >>> 0; if (v < 128) b[p++] = v; else p = W.varint(p, v);";
    case ScalarType.BOOL:
      return "b[p++] = v ? 1 : 0;";
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return "p = W.fixed32(p, v);";
    case ScalarType.FLOAT:
      return "p = W.float(p, v);";
    case ScalarType.DOUBLE:
      return "p = W.double(p, v);";
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return "p = W.fixed64(p, v);";
    case ScalarType.SINT64:
      return "p = W.sint64(p, v);";
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return "p = W.varint64(p, v);";
    case ScalarType.STRING:
      return "p = W.text(p, v); b = W.b;";
    case ScalarType.BYTES:
      return "p = W.bytes(p, v); b = W.b;";
  }
}

/** Writes the message `v`, its tag and its length or end. */
function messageField(field: FieldPlan, source: Source): string {
  const child = source.child(field.message!);
  const held = field.held === "struct" ? "structOf(v)" : field.held === "wrapper" ? "{ value: v }" : "v";
  if (field.group) {
    return `${reserve(TAG_BYTES_MAX)} ${tag(field.number, WireType.START_GROUP)} p = ${child}.encode(${held}, p); b = W.b; ${reserve(TAG_BYTES_MAX)} ${tag(field.number, WireType.END_GROUP)}`;
  }
  // Messages of one field tend to be alike, so the room for the length is what the last one took: then nothing has to be moved.
  const room = source.variable("1");
  return `${reserve(TAG_BYTES_MAX + 5)} ${tag(field.number, WireType.LENGTH)} { const s = p, r = ${room}, z = ${child}.encode(${held}, s + r), n = z - s - r; b = W.b;
    if (n < 128 && r === 1) { b[s] = n; p = z; } else if (n >= 128 && n < 16384 && r === 2) { b[s] = n | 128; b[s + 1] = n >> 7; p = z; }
    else { p = W.frame(s, z, r); ${room} = n < 128 ? 1 : n < 16384 ? 2 : n < 2097152 ? 3 : 4; b = W.b; } }`;
}

function listField(field: FieldPlan, source: Source, after: string): string {
  const list = `const l = m[${quoted(field.name)}]; if (l != null && l.length !== 0) {`;
  if (field.message !== undefined) {
    return `
  { ${list} for (let i = 0; i < l.length; i++) { const v = l[i]; ${messageField(field, source)} } } }
  ${after}`;
  }
  const scalar = field.scalar!;
  const bytesMax = bytesMaxOf(scalar);
  if (field.packed && bytesMax !== undefined) {
    return `
  { ${list}
    const room = l.length * ${bytesMax} + ${TAG_BYTES_MAX + 5};
    if (p + room > b.length) b = W.grow(p, room);
    ${tag(field.number, WireType.LENGTH)} const s = p++;
    for (let i = 0; i < l.length; i++) { let v = l[i]; ${check(scalar, field.label)} ${write(scalar)} }
    p = W.frame(s, p); b = W.b;
  } }
  ${after}`;
  }
  return `
  { ${list} for (let i = 0; i < l.length; i++) { let v = l[i]; ${reserve(TAG_BYTES_MAX + (bytesMax ?? 0))} ${check(scalar, field.label)} ${tag(field.number, wireTypeOf(scalar))} ${write(scalar)} } } }
  ${after}`;
}

function mapField(field: FieldPlan, source: Source, after: string): string {
  const key = field.mapKey!;
  const value = field.message === undefined ? scalarField({ ...field, number: 2 }, 2, "") : messageField({ ...field, number: 2 }, source);
  const valueRoom = field.message === undefined ? reserve(TAG_BYTES_MAX + (bytesMaxOf(field.scalar!) ?? 0)) : "";
  return `
  { const l = m[${quoted(field.name)}]; if (l != null) { for (const name in l) { if (!has.call(l, name)) continue;
    ${reserve(TAG_BYTES_MAX + 1 + TAG_BYTES_MAX + 10)} ${tag(field.number, WireType.LENGTH)} const s0 = p++;
    { let v = ${mapKey(key)}; ${check(key, `${field.label} (key)`)} ${tag(1, wireTypeOf(key))} ${write(key)} }
    { let v = l[name]; ${valueRoom} ${value} }
    if (p - s0 <= 128) b[s0] = p - s0 - 1; else { p = W.frame(s0, p); b = W.b; }
  } } }
  ${after}`;
}

/** Keys of objects are strings; what is no number then fails the key's check. */
function mapKey(key: ScalarType): string {
  if (key === ScalarType.STRING) return "name";
  if (key === ScalarType.BOOL)
    return 'name === "true" ? true : name === "false" ? false : W.fail("a map key", "expected true or false, got " + name)';
  return isLong(key) ? "name" : "+name";
}
