import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Method } from "../contract/contract.js";
import { protobufContract } from "../contract/protobuf-contract.js";
import type { Caller, CallOptions } from "./caller.js";

/** One protobuf method as its callers see it; a request may leave out fields, as `create` allows. */
export type ClientMethod<M extends DescMethod> = M extends {
  readonly methodKind: "unary";
  readonly input: infer I extends DescMethod["input"];
  readonly output: infer O extends DescMethod["output"];
}
  ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
  : M extends {
        readonly methodKind: "server_streaming";
        readonly input: infer I extends DescMethod["input"];
        readonly output: infer O extends DescMethod["output"];
      }
    ? (request: MessageInitShape<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
    : M extends {
          readonly methodKind: "client_streaming";
          readonly input: infer I extends DescMethod["input"];
          readonly output: infer O extends DescMethod["output"];
        }
      ? (requests: AsyncIterable<MessageInitShape<I>>, options?: CallOptions) => Promise<MessageShape<O>>
      : M extends {
            readonly methodKind: "bidi_streaming";
            readonly input: infer I extends DescMethod["input"];
            readonly output: infer O extends DescMethod["output"];
          }
        ? (requests: AsyncIterable<MessageInitShape<I>>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
        : never;

/** A protobuf service as its callers see it. */
export type Client<S extends DescService> = { readonly [K in keyof S["method"]]: ClientMethod<S["method"][K]> };

/** A typed client of a protobuf service. Its methods need no `this`. */
export function createClient<S extends DescService>(service: S, caller: Caller): Client<S> {
  const client: Record<string, unknown> = Object.create(null);
  for (const method of protobufContract(service).methods) client[method.localName] = clientMethod(method, caller);
  return client as Client<S>;
}

function clientMethod(method: Method, caller: Caller): unknown {
  switch (method.kind) {
    case "server-streaming":
      return (request: unknown, options?: CallOptions) => caller.serverStreaming(method, request, options);
    case "client-streaming":
      return (requests: AsyncIterable<unknown>, options?: CallOptions) => caller.clientStreaming(method, requests, options);
    case "bidi":
      return (requests: AsyncIterable<unknown>, options?: CallOptions) => caller.bidi(method, requests, options);
    default:
      return (request: unknown, options?: CallOptions) => caller.unary(method, request, options);
  }
}
