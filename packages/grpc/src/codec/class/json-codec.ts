import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import type { Codec } from "../codec.js";
import { checkJsonLimits } from "./json-limits.js";
import { type ClassCodecLimits, DECODED_ELEMENTS_MAX, DEPTH_MAX } from "./limits.js";
import { plain } from "./plain.js";
import { encodingRefusal } from "./refusal.js";

/** Plain JSON for the values of class contracts, so that any gRPC client can talk to them. What JSON lacks is written as `plain` says and stays that on the way back. */
export function jsonCodecWith(limits: ClassCodecLimits = {}): Codec {
  const depthMax = limits.depthMax ?? DEPTH_MAX;
  const elementsMax = limits.decodedElementsMax ?? DECODED_ELEMENTS_MAX;
  return {
    name: "json",
    encode(value, sink): void {
      let text: string;
      try {
        text = JSON.stringify(plain(value, depthMax)) ?? "null";
      } catch (thrown) {
        throw encodingRefusal("json", value, depthMax, thrown);
      }
      sink.reserve(text.length * 3);
      sink.position += sink.bytes.write(text, sink.position, "utf8");
    },
    decode(bytes, start, end): unknown {
      const suspicious = checkJsonLimits(bytes, start, end, depthMax, elementsMax);
      try {
        return JSON.parse(bytes.toString("utf8", start, end), suspicious ? refuseProto : undefined);
      } catch (thrown) {
        throw thrown instanceof RpcError
          ? thrown
          : new RpcError(Code.INTERNAL, `cannot decode json: ${(thrown as Error).message}`, { cause: thrown });
      }
    },
  };
}

/** To whoever merges the decoded value into another, this key would be no mere key. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new RpcError(Code.INVALID_ARGUMENT, 'cannot decode json: the key "__proto__" is refused');
  return value;
}

export const jsonCodec: Codec = jsonCodecWith();
