import type { JsonValue } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import type { Codec } from "../codec.js";
import { protobufCodec } from "../protobuf/protobuf-codec.js";
import { valueFrom, valueJson } from "../protobuf/struct.js";
import { type ClassCodecLimits, DEPTH_MAX } from "./limits.js";
import { plain } from "./plain.js";
import { encodingRefusal } from "./refusal.js";

/**
 * The values of class contracts as google.protobuf.Value, so that whatever speaks
 * protobuf (grpcurl, generated code in any language) can call them. Holds what JSON
 * holds. Each of our levels is two of protobuf's: a Value and its list or struct.
 */
export function valueCodecWith(limits: ClassCodecLimits = {}): Codec {
  const depthMax = limits.depthMax ?? DEPTH_MAX;
  const values = protobufCodec<Value>(ValueSchema, { ...limits, depthMax: depthMax * 3 });
  return {
    name: "proto",
    encode(value, sink): void {
      let json: unknown;
      try {
        json = plain(value, depthMax);
      } catch (thrown) {
        throw encodingRefusal("google.protobuf.Value", value, depthMax, thrown);
      }
      values.encode(valueFrom((json ?? null) as JsonValue), sink);
    },
    decode(bytes, start, end): unknown {
      const json = valueJson(values.decode(bytes, start, end));
      if (hasProto(json)) throw new RpcError(Code.INVALID_ARGUMENT, 'cannot decode google.protobuf.Value: the key "__proto__" is refused');
      return json;
    },
  };
}

function hasProto(json: JsonValue): boolean {
  if (typeof json !== "object" || json === null) return false;
  return Object.hasOwn(json, "__proto__") || Object.values(json).some((inner) => hasProto(inner as JsonValue));
}

export const valueCodec: Codec = valueCodecWith();
