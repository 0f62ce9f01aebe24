import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { AnyMessage, BuiltDecoder, CompiledMessage, Decode } from "./compiled.js";
import { type FieldPlan, isLong, type MessagePlan, tagOf, WireType, wireTypeOf } from "./plan.js";
import { reader } from "./reader.js";
import { setOwn, structJson, structOf } from "./struct.js";
import { unknownEnum } from "./unknown-enum.js";

type Of = (desc: DescMessage) => CompiledMessage;

/** Reads one field's content at `p` into `message`; leaves the position behind it in `reader.p`. */
type ReadField = (message: AnyMessage, b: Buffer, p: number, end: number, depth: number) => void;

/** Reads one value at `p`; leaves the position behind it in `reader.p`. */
type ReadValue = (b: Buffer, p: number, end: number) => unknown;

/**
 * The decoder of decoder-source.ts without code from strings: one closure a tag.
 * Both pass the same tests.
 */
export function closureDecoder(plan: MessagePlan, of: Of): BuiltDecoder {
  const fields = new Map<number, ReadField>();
  for (const field of plan.fields) for (const [tag, read] of fieldReaders(field, of)) fields.set(tag, read);
  const decode: Decode = (b, start, end, message, depth, groupEnd) => {
    if (depth === 0) reader.tooDeep(start);
    let p = start;
    while (p < end) {
      const tag = reader.tag(b, p);
      p = reader.p;
      const read = fields.get(tag);
      if (read !== undefined) {
        read(message, b, p, end, depth);
        p = reader.p;
      } else if (tag === groupEnd && groupEnd !== 0) {
        return;
      } else {
        p = reader.unknown(message, b, tag, p, end, depth - 1);
      }
    }
    if (p !== end || groupEnd !== 0) reader.truncated(end);
  };
  return { decode, create: creator(plan) };
}

function creator({ model, prototype }: MessagePlan): () => AnyMessage {
  const initial = Object.entries(model).map(([key, value]): [string, () => unknown] => [key, fresh(value)]);
  return () => {
    const message = (prototype === undefined ? {} : Object.create(prototype)) as AnyMessage;
    for (const [key, make] of initial) message[key] = make();
    return message;
  };
}

function fresh(value: unknown): () => unknown {
  if (Array.isArray(value)) return () => [];
  if (typeof value !== "object" || value instanceof Uint8Array) return () => value;
  return "case" in value! ? () => ({ case: undefined }) : () => ({});
}

function fieldReaders(field: FieldPlan, of: Of): [number, ReadField][] {
  if (field.shape === "map") return [[tagOf(field.number, WireType.LENGTH), mapReader(field, of)]];
  if (field.message !== undefined) return [messageReader(field, of(field.message))];
  return field.shape === "list" ? listReaders(field) : [[tagOf(field.number, wireTypeOf(field.scalar!)), singleReader(field)]];
}

function singleReader(field: FieldPlan): ReadField {
  const read = valueReader(field.scalar!, field.longAsString, field.strictText);
  const { name, closed, number } = field;
  const oneof = field.oneof?.localName;
  return (message, b, p, end) => {
    const value = read(b, p, end);
    if (closed !== undefined && !closed.has(value as number)) reader.keep(message, p, unknownEnum(number, value as number));
    else if (oneof === undefined) message[name] = value;
    else message[oneof] = { case: name, value };
  };
}

function listReaders(field: FieldPlan): [number, ReadField][] {
  const scalar = field.scalar!;
  const read = valueReader(scalar, field.longAsString, field.strictText);
  const wireType = wireTypeOf(scalar);
  const counts = isLong(scalar) || wireType === WireType.LENGTH;
  const { name } = field;
  const one: ReadField = (message, b, p, end) => {
    if (counts) reader.count(p, 1);
    (message[name] as unknown[]).push(read(b, p, end));
  };
  const many: ReadField = (message, b, p, end) => {
    const e = lengthEnd(b, p, end);
    while (reader.p < e) one(message, b, reader.p, e, 0);
    if (reader.p !== e) reader.truncated(p);
  };
  const single: [number, ReadField] = [tagOf(field.number, wireType), one];
  return wireType === WireType.LENGTH ? [single] : [single, [tagOf(field.number, WireType.LENGTH), many]];
}

/** Reads a length and leaves `reader.p` behind it; gives back the end of what follows. */
function lengthEnd(b: Buffer, p: number, end: number): number {
  const length = reader.length(b, p, end);
  return reader.p + length;
}

function messageReader(field: FieldPlan, child: CompiledMessage): [number, ReadField] {
  const begin = tagOf(field.number, WireType.START_GROUP);
  const into = (b: Buffer, p: number, end: number, depth: number, target: AnyMessage): void => {
    if (field.group) {
      child.decode(b, p, end, target, depth - 1, begin + 1);
    } else {
      const e = lengthEnd(b, p, end);
      child.decode(b, reader.p, e, target, depth - 1, 0);
      reader.p = e;
    }
  };
  const make = (p: number): AnyMessage => {
    reader.count(p, child.plan.elements);
    return child.create();
  };
  return [field.group ? begin : tagOf(field.number, WireType.LENGTH), placed(field, make, into)];
}

type Into = (b: Buffer, p: number, end: number, depth: number, target: AnyMessage) => void;

/** Where a message field's value stands in its parent, and what a second occurrence does to it. */
function placed(field: FieldPlan, make: (p: number) => AnyMessage, into: Into): ReadField {
  const { name, held } = field;
  const oneof = field.oneof?.localName;
  if (field.shape === "list") {
    return (message, b, p, end, depth) => {
      const target = make(p);
      into(b, p, end, depth, target);
      (message[name] as unknown[]).push(held === "struct" ? structJson(target as never) : target);
    };
  }
  if (oneof !== undefined) {
    return (message, b, p, end, depth) => {
      const before = message[oneof] as { case?: string; value?: unknown };
      const target = before.case === name ? heldMessage(field, before.value) : make(p);
      into(b, p, end, depth, target);
      message[oneof] = { case: name, value: held === "struct" ? structJson(target as never) : target };
    };
  }
  return (message, b, p, end, depth) => {
    const before = message[name];
    const target = before === undefined || held === "wrapper" ? make(p) : heldMessage(field, before);
    if (held === "wrapper" && before !== undefined) target.value = before;
    into(b, p, end, depth, target);
    message[name] = held === "struct" ? structJson(target as never) : held === "wrapper" ? target.value : target;
  };
}

function heldMessage({ held }: FieldPlan, value: unknown): AnyMessage {
  return held === "struct" ? (structOf(value) as unknown as AnyMessage) : (value as AnyMessage);
}

function mapReader(field: FieldPlan, of: Of): ReadField {
  const { name, mapKey, strictText, held } = field;
  const keyTag = tagOf(1, wireTypeOf(mapKey!));
  const readKey = valueReader(mapKey!, false, strictText);
  const keyZero = zeroOf(mapKey!);
  const child = field.message === undefined ? undefined : of(field.message);
  const readScalar = child === undefined ? valueReader(field.scalar!, false, strictText) : undefined;
  const valueTag = tagOf(2, child === undefined ? wireTypeOf(field.scalar!) : WireType.LENGTH);
  const made = (p: number): unknown => {
    if (child === undefined) return field.enum === undefined ? zeroOf(field.scalar!) : field.zero;
    reader.count(p, child.plan.elements);
    return child.create();
  };
  return (message, b, start, end, depth) => {
    reader.count(start, 1);
    const e = lengthEnd(b, start, end);
    let key: unknown = keyZero;
    let value: unknown;
    let p = reader.p;
    while (p < e) {
      const tag = reader.tag(b, p);
      p = reader.p;
      if (tag === keyTag) {
        key = readKey(b, p, e);
        p = reader.p;
      } else if (tag !== valueTag) {
        p = reader.skip(b, tag, p, e, depth - 1);
      } else if (child === undefined) {
        value = readScalar!(b, p, e);
        p = reader.p;
      } else {
        value ??= made(p);
        const valueEnd = lengthEnd(b, p, e);
        child.decode(b, reader.p, valueEnd, value as AnyMessage, depth - 1, 0);
        p = valueEnd;
      }
    }
    if (p !== e) reader.truncated(start);
    value ??= made(p);
    setOwn(message[name] as AnyMessage, String(key), held === "struct" ? structJson(value as never) : value);
    reader.p = e;
  };
}

function zeroOf(scalar: ScalarType): unknown {
  if (isLong(scalar)) return 0n;
  if (scalar === ScalarType.STRING) return "";
  if (scalar === ScalarType.BOOL) return false;
  return scalar === ScalarType.BYTES ? new Uint8Array(0) : 0;
}

function valueReader(scalar: ScalarType, longAsString: boolean, strictText: boolean): ReadValue {
  const read = plainReader(scalar, strictText);
  return longAsString ? (b, p, end) => String(read(b, p, end)) : read;
}

/** A reader of `size` bytes: the position behind them is known. */
function fixed(size: number, read: (b: Buffer, p: number) => unknown): ReadValue {
  return (b, p) => {
    reader.p = p + size;
    return read(b, p);
  };
}

function plainReader(scalar: ScalarType, strictText: boolean): ReadValue {
  switch (scalar) {
    case ScalarType.INT32:
      return (b, p) => reader.varint(b, p);
    case ScalarType.UINT32:
      return (b, p) => reader.varint(b, p) >>> 0;
    case ScalarType.SINT32:
      return (b, p) => {
        const value = reader.varint(b, p);
        return (value >>> 1) ^ -(value & 1);
      };
    case ScalarType.BOOL:
      return (b, p) => reader.bool(b, p);
    case ScalarType.INT64:
      return (b, p) => reader.int64(b, p);
    case ScalarType.UINT64:
      return (b, p) => reader.uint64(b, p);
    case ScalarType.SINT64:
      return (b, p) => reader.sint64(b, p);
    case ScalarType.FIXED64:
      return fixed(8, (b, p) => reader.fixed64(b, p));
    case ScalarType.SFIXED64:
      return fixed(8, (b, p) => reader.sfixed64(b, p));
    case ScalarType.FIXED32:
      return fixed(4, (b, p) => reader.fixed32(b, p));
    case ScalarType.SFIXED32:
      return fixed(4, (b, p) => reader.sfixed32(b, p));
    case ScalarType.FLOAT:
      return fixed(4, (b, p) => reader.float(b, p));
    case ScalarType.DOUBLE:
      return fixed(8, (b, p) => reader.double(b, p));
    case ScalarType.STRING:
      return lengthDelimited((b, p, e) => (strictText ? reader.strictText(b, p, e) : reader.text(b, p, e)));
    case ScalarType.BYTES:
      return lengthDelimited((b, p, e) => reader.bytes(b, p, e));
  }
}

function lengthDelimited(read: (b: Buffer, p: number, e: number) => unknown): ReadValue {
  return (b, p, end) => {
    const e = lengthEnd(b, p, end);
    const value = read(b, reader.p, e);
    reader.p = e;
    return value;
  };
}
