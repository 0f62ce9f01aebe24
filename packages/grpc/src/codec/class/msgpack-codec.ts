import { RpcError } from "../../call/rpc-error.js";
import type { Codec } from "../codec.js";
import { type ClassCodecLimits, DECODED_ELEMENTS_MAX, DEPTH_MAX } from "./limits.js";
import { MsgpackDecoder } from "./msgpack-decoder.js";
import { MsgpackEncoder } from "./msgpack-encoder.js";
import { encodingRefusal } from "./refusal.js";

/** Both are synchronous and hold nothing between calls that matters to the next one. */
const encoder: MsgpackEncoder = new MsgpackEncoder();
const decoder: MsgpackDecoder = new MsgpackDecoder();

/** MessagePack for the values of class contracts: what JSON has, and dates, maps, sets, bytes, bigint and undefined. */
export function msgpackCodecWith(limits: ClassCodecLimits = {}): Codec {
  const depthMax = limits.depthMax ?? DEPTH_MAX;
  const elementsMax = limits.decodedElementsMax ?? DECODED_ELEMENTS_MAX;
  return {
    name: "msgpack",
    encode(value, sink): void {
      try {
        encoder.encode(value, sink, depthMax);
      } catch (thrown) {
        // A getter or toJSON of the value may throw what it likes.
        throw thrown instanceof RpcError ? thrown : encodingRefusal("msgpack", value, depthMax, thrown);
      }
    },
    decode: (bytes, start, end) => decoder.decode(bytes, start, end, depthMax, elementsMax),
  };
}

export const msgpackCodec: Codec = msgpackCodecWith();
