import { create, type DescMessage, fromBinary, isMessage, type Message, toBinary } from "@bufbuild/protobuf";
import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import type { Codec } from "../codec.js";

/** Protobuf by @bufbuild/protobuf itself: what the compiled codec is compared with. Takes init shapes too. */
export function libraryCodec(desc: DescMessage): Codec<Message> {
  return {
    name: "proto",
    encode(value, sink): void {
      let bytes: Uint8Array;
      try {
        bytes = toBinary(desc, isMessage(value, desc) ? value : create(desc, value));
      } catch (thrown) {
        throw new RpcError(Code.INTERNAL, (thrown as Error).message, { cause: thrown });
      }
      sink.reserve(bytes.length);
      sink.bytes.set(bytes, sink.position);
      sink.position += bytes.length;
    },
    decode(bytes, start, end): Message {
      try {
        return fromBinary(desc, bytes.subarray(start, end));
      } catch (thrown) {
        throw new RpcError(Code.INTERNAL, `offset ${start}: ${(thrown as Error).message}`, { cause: thrown });
      }
    },
  };
}
