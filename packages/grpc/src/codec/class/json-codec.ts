import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import type { Codec } from "../codec.js";

/** Plain JSON for the values of class contracts, so that any gRPC client can talk to them. */
export const jsonCodec: Codec = {
  name: "json",
  encode(value, sink): void {
    const text = JSON.stringify(value) ?? "null";
    sink.reserve(text.length * 3);
    sink.position += sink.bytes.write(text, sink.position, "utf8");
  },
  decode(bytes, start, end): unknown {
    try {
      return JSON.parse(bytes.toString("utf8", start, end));
    } catch (thrown) {
      throw new RpcError(Code.INTERNAL, `json at offset ${start}: ${(thrown as Error).message}`, { cause: thrown });
    }
  },
};
