import type { DescMessage, Message } from "@bufbuild/protobuf";
import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import type { Codec } from "../codec.js";
import { type AnyMessage, type Build, compiledMessage } from "./compiled.js";
import { reader } from "./reader.js";
import { writer } from "./writer.js";

/** Levels of messages within messages, the outermost included. */
export const DEPTH_MAX = 100;

/** Messages, map entries, texts, bytes and 64-bit integers in lists, unknown fields; and for each message its lists, maps and oneofs. */
export const DECODED_ELEMENTS_MAX = 1_000_000;

export interface ProtobufCodecOptions {
  /** How deep messages may be nested; deeper ones are refused with RESOURCE_EXHAUSTED. @default 100 */
  readonly depthMax?: number;
  /** How much one message may make the decoder allocate, counted in elements; more is refused with RESOURCE_EXHAUSTED. @default 1,000,000 */
  readonly decodedElementsMax?: number;
  /** "closures" makes no code from strings; chosen by itself where the process forbids that. @default "source" */
  readonly build?: Build;
}

/** Protobuf's binary encoding for one message type, compiled when it is first used. Messages are @bufbuild/protobuf's; what is encoded may leave out fields, as for `create`. */
export function protobufCodec<T extends Message = Message>(desc: DescMessage, options: ProtobufCodecOptions = {}): Codec<T> {
  const depthMax = options.depthMax ?? DEPTH_MAX;
  const elementsMax = options.decodedElementsMax ?? DECODED_ELEMENTS_MAX;
  const compiled = compiledMessage(desc, options.build);
  const { typeName } = desc;
  return {
    name: "proto",
    encode(value, sink): void {
      writer.begin(sink);
      try {
        sink.position = compiled.encode(value as unknown as AnyMessage, sink.position);
      } catch (thrown) {
        throw asRpcError(thrown, typeName);
      }
    },
    decode(bytes, start, end): T {
      reader.begin(typeName, start, end, elementsMax);
      const message = compiled.create();
      compiled.decode(bytes, start, end, message, depthMax, 0);
      return message as unknown as T;
    },
  };
}

/** A cycle in the value ends in a stack overflow; whatever else is thrown comes from a getter of the value. */
function asRpcError(thrown: unknown, typeName: string): RpcError {
  if (thrown instanceof RpcError) return thrown;
  const what = thrown instanceof RangeError ? "it is nested too deep, or refers to itself" : (thrown as Error)?.message;
  return new RpcError(Code.INTERNAL, `cannot encode ${typeName}: ${what}`, { cause: thrown });
}
