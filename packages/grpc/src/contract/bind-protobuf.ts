import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Binding, Handler, ServerCall } from "../server/handler.js";
import { protobufContract } from "./protobuf-contract.js";

/** A result, or a promise of it. */
type Eventually<T> = T | Promise<T>;

/** What answers one protobuf method; an answer may leave out fields, as `create` allows. */
export type ProtobufHandler<M extends DescMethod> = M extends {
  readonly methodKind: "unary";
  readonly input: infer I extends DescMethod["input"];
  readonly output: infer O extends DescMethod["output"];
}
  ? (request: MessageShape<I>, call: ServerCall) => Eventually<MessageInitShape<O>>
  : M extends {
        readonly methodKind: "server_streaming";
        readonly input: infer I extends DescMethod["input"];
        readonly output: infer O extends DescMethod["output"];
      }
    ? (request: MessageShape<I>, call: ServerCall) => AsyncIterable<MessageInitShape<O>>
    : M extends {
          readonly methodKind: "client_streaming";
          readonly input: infer I extends DescMethod["input"];
          readonly output: infer O extends DescMethod["output"];
        }
      ? (requests: AsyncIterable<MessageShape<I>>, call: ServerCall) => Eventually<MessageInitShape<O>>
      : M extends {
            readonly methodKind: "bidi_streaming";
            readonly input: infer I extends DescMethod["input"];
            readonly output: infer O extends DescMethod["output"];
          }
        ? (requests: AsyncIterable<MessageShape<I>>, call: ServerCall) => AsyncIterable<MessageInitShape<O>>
        : never;

/** What answers a protobuf service, by the methods' names in TypeScript. */
export type ProtobufImplementation<S extends DescService> = { [K in keyof S["method"]]: ProtobufHandler<S["method"][K]> };

/** Binds a protobuf service to what answers it; methods that are left out answer UNIMPLEMENTED. `this` is the implementation. */
export function bindProtobuf<S extends DescService>(desc: S, implementation: Partial<ProtobufImplementation<S>>): Binding {
  const handlers = new Map<string, Handler>();
  for (const method of desc.methods) {
    const handler: unknown = Reflect.get(implementation, method.localName);
    // A service may have a method named as one that every object inherits.
    if (handler === undefined || handler === Reflect.get(Object.prototype, method.localName)) continue;
    if (typeof handler !== "function")
      throw new TypeError(`${desc.typeName}: ${method.localName} is ${typeof handler}, expected a function`);
    handlers.set(method.name, handler.bind(implementation) as Handler);
  }
  return { contract: protobufContract(desc), handlers };
}
