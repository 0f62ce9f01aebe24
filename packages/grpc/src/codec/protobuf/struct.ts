import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { type ListValue, NullValue, type Struct, type Value } from "@bufbuild/protobuf/wkt";

/** Struct fields are plain JSON objects in their parent, as @bufbuild/protobuf holds them. These are the ways there and back. */
export function structOf(json: unknown): Struct {
  const struct: Struct = { $typeName: "google.protobuf.Struct", fields: {} };
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    for (const key of Object.keys(json)) setOwn(struct.fields, key, valueFrom((json as JsonObject)[key]!));
  }
  return struct;
}

export function valueFrom(json: JsonValue): Value {
  const value: Value = { $typeName: "google.protobuf.Value", kind: { case: undefined } };
  if (json === null) value.kind = { case: "nullValue", value: NullValue.NULL_VALUE };
  else if (typeof json === "number") value.kind = { case: "numberValue", value: json };
  else if (typeof json === "string") value.kind = { case: "stringValue", value: json };
  else if (typeof json === "boolean") value.kind = { case: "boolValue", value: json };
  else if (Array.isArray(json)) value.kind = { case: "listValue", value: listOf(json) };
  else if (typeof json === "object") value.kind = { case: "structValue", value: structOf(json) };
  return value;
}

function listOf(json: readonly JsonValue[]): ListValue {
  return { $typeName: "google.protobuf.ListValue", values: json.map(valueFrom) };
}

export function structJson(struct: Struct): JsonObject {
  const json: JsonObject = {};
  for (const key of Object.keys(struct.fields)) setOwn(json, key, valueJson(struct.fields[key]!));
  return json;
}

export function valueJson({ kind }: Value): JsonValue {
  switch (kind.case) {
    case "structValue":
      return structJson(kind.value);
    case "listValue":
      return kind.value.values.map(valueJson);
    case "nullValue":
    case undefined:
      return null;
    default:
      return kind.value;
  }
}

/** Sets a property by a name that the peer chose: "__proto__" becomes an own property like any other. */
export function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === "__proto__") Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
  else target[key] = value;
}
