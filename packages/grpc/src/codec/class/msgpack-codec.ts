import { Packr } from "msgpackr";
import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import type { Codec } from "../codec.js";

const packr = new Packr({ useRecords: false, moreTypes: true, mapsAsObjects: true });

/** MessagePack for the values of class contracts. */
export const msgpackCodec: Codec = {
  name: "msgpack",
  encode(value, sink): void {
    const bytes = packr.pack(value);
    sink.reserve(bytes.length);
    sink.bytes.set(bytes, sink.position);
    sink.position += bytes.length;
  },
  decode(bytes, start, end): unknown {
    try {
      return packr.unpack(Buffer.from(bytes.subarray(start, end)));
    } catch (thrown) {
      throw new RpcError(Code.INTERNAL, `msgpack at offset ${start}: ${(thrown as Error).message}`, { cause: thrown });
    }
  },
};
