import { create, type DescMessage, fromJsonString, isMessage, type Message, toJsonString } from "@bufbuild/protobuf";
import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import type { Codec } from "../codec.js";

/** ProtoJSON (protobuf.dev/programming-guides/json), by @bufbuild/protobuf. */
export function protobufJsonCodec(desc: DescMessage): Codec<Message> {
  return {
    name: "json",
    encode(value, sink): void {
      let text: string;
      try {
        text = toJsonString(desc, isMessage(value, desc) ? value : create(desc, value));
      } catch (thrown) {
        throw new RpcError(Code.INTERNAL, (thrown as Error).message, { cause: thrown });
      }
      sink.reserve(text.length * 3);
      sink.position += sink.bytes.write(text, sink.position, "utf8");
    },
    decode(bytes, start, end): Message {
      try {
        return fromJsonString(desc, bytes.toString("utf8", start, end), { ignoreUnknownFields: true });
      } catch (thrown) {
        throw new RpcError(Code.INTERNAL, `offset ${start}: ${(thrown as Error).message}`, { cause: thrown });
      }
    },
  };
}
