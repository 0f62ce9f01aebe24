import { create, type DescEnum, type DescField, type DescMessage, type DescOneof, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence, isWrapperDesc } from "@bufbuild/protobuf/wkt";

/** How one value lies on the wire (protobuf.dev/programming-guides/encoding). */
export const WireType = { VARINT: 0, BIT64: 1, LENGTH: 2, START_GROUP: 3, END_GROUP: 4, BIT32: 5 } as const;

/** How a message field is held in its parent: as itself, a well-known wrapper as its bare value, a Struct as plain JSON. */
export type Held = "message" | "wrapper" | "struct";

/** When a singular field is written. `own`: its zero value stands on the message's prototype, so presence is an own property. */
export type Presence = "implicit" | "explicit" | "own" | "required";

/** What both ways of building a codec need to know of one field, worked out once. */
export interface FieldPlan {
  readonly desc: DescField;
  /** For errors: "hello.HelloRequest.name". */
  readonly label: string;
  readonly name: string;
  readonly number: number;
  readonly oneof: DescOneof | undefined;
  readonly shape: "single" | "list" | "map";
  /** The scalar type of a value or an item; enums are INT32. Undefined: messages. */
  readonly scalar: ScalarType | undefined;
  readonly enum: DescEnum | undefined;
  readonly message: DescMessage | undefined;
  readonly held: Held;
  readonly group: boolean;
  readonly packed: boolean;
  readonly presence: Presence;
  /** The value that is not written with implicit presence, or stands on the prototype. */
  readonly zero: unknown;
  readonly longAsString: boolean;
  readonly strictText: boolean;
  readonly mapKey: ScalarType | undefined;
  /** Singular closed enums: what is no value of theirs is kept as an unknown field. */
  readonly closed: ReadonlySet<number> | undefined;
}

export interface MessagePlan {
  readonly desc: DescMessage;
  readonly typeName: string;
  /** In the order of their numbers: the order in which they are written. */
  readonly fields: readonly FieldPlan[];
  /** A message without content, as `create` makes it: its own keys and their order, and its prototype. */
  readonly model: Readonly<Record<string, unknown>>;
  /** Set when the model has a prototype of its own, with the zero values of fields that know presence. */
  readonly prototype: object | undefined;
  /** What one message counts against `decodedElementsMax`: itself, and every list, map and oneof that it is made with. */
  readonly elements: number;
}

export function messagePlan(desc: DescMessage): MessagePlan {
  const model = create(desc) as unknown as Record<string, unknown>;
  const prototype: unknown = Object.getPrototypeOf(model);
  const own = prototype === Object.prototype ? undefined : (prototype as object);
  return {
    desc,
    typeName: desc.typeName,
    fields: desc.fields.map((field) => fieldPlan(field, own)).sort((a, b) => a.number - b.number),
    model,
    prototype: own,
    elements: 1 + Object.values(model).filter((value) => typeof value === "object").length,
  };
}

function fieldPlan(field: DescField, prototype: object | undefined): FieldPlan {
  const shape = field.fieldKind === "list" || field.fieldKind === "map" ? field.fieldKind : "single";
  const presence = presenceOf(field, prototype);
  return {
    desc: field,
    label: `${field.parent.typeName}.${field.name}`,
    name: field.localName,
    number: field.number,
    oneof: field.oneof,
    shape,
    scalar: field.message === undefined ? (field.enum === undefined ? field.scalar : ScalarType.INT32) : undefined,
    enum: field.enum,
    message: field.message,
    held: heldAs(field),
    group: "delimitedEncoding" in field && field.delimitedEncoding,
    packed: field.fieldKind === "list" && field.packed,
    presence,
    zero: presence === "own" ? (prototype as Record<string, unknown>)[field.localName] : field.enum?.values[0]?.number,
    longAsString: "longAsString" in field && field.longAsString && shape !== "map",
    strictText: field.utf8Validation,
    mapKey: field.fieldKind === "map" ? field.mapKey : undefined,
    closed: shape === "single" && field.enum?.open === false ? new Set(field.enum.values.map(({ number }) => number)) : undefined,
  };
}

function presenceOf(field: DescField, prototype: object | undefined): Presence {
  if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) return "required";
  if (field.presence === FeatureSet_FieldPresence.IMPLICIT) return "implicit";
  return prototype !== undefined && field.fieldKind !== "message" && field.oneof === undefined ? "own" : "explicit";
}

function heldAs(field: DescField): Held {
  if (field.message === undefined) return "message";
  if (field.message.typeName === "google.protobuf.Struct" && field.parent.typeName !== "google.protobuf.Value") return "struct";
  return field.fieldKind === "message" && field.oneof === undefined && isWrapperDesc(field.message) ? "wrapper" : "message";
}

/** The wire type of a scalar. */
export function wireTypeOf(scalar: ScalarType): number {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LENGTH;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.BIT64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.BIT32;
    default:
      return WireType.VARINT;
  }
}

/** True for integers of 64 bits. */
export function isLong(scalar: ScalarType): boolean {
  switch (scalar) {
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return true;
    default:
      return false;
  }
}

export function tagOf(number: number, wireType: number): number {
  return ((number << 3) | wireType) >>> 0;
}

/** The most bytes one value takes, its tag not counted. Undefined: text and bytes, which make their own room. */
export function bytesMaxOf(scalar: ScalarType): number | undefined {
  switch (wireTypeOf(scalar)) {
    case WireType.LENGTH:
      return undefined;
    case WireType.BIT64:
      return 8;
    case WireType.BIT32:
      return 4;
    default:
      return 10;
  }
}
