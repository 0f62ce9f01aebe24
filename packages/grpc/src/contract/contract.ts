import type { DescService } from "@bufbuild/protobuf";
import type { MethodCodec } from "../codec/codec.js";

/**
 * "any": a class's method as its server sees it. Each call decides: `Method.opensStream`
 * says whether more requests follow the first one, and the answer whether it is a stream.
 */
export type MethodKind = "unary" | "server-streaming" | "client-streaming" | "bidi" | "any";

/** One entry of a contract. */
export interface Method<I = unknown, O = unknown> {
  /** The contract's full name: "hello.HelloService". */
  readonly service: string;
  /** As on the wire: "SayHello". */
  readonly name: string;
  /** As in TypeScript: "sayHello". */
  readonly localName: string;
  /** "/hello.HelloService/SayHello" */
  readonly path: string;
  readonly kind: MethodKind;
  /** What a client sends when it is not told otherwise. */
  readonly codec: MethodCodec<I, O>;
  /** By content subtype ("proto", "json", "msgpack"); what a server accepts. `application/grpc` alone means "proto" where there is one, else `codec`. */
  readonly codecs: ReadonlyMap<string, MethodCodec<I, O>>;
  /** True: safe to send more than once. From the contract's idempotency level. */
  readonly idempotent: boolean;
  /** Only for kind "any": true when the first request says that a stream of further ones follows it; the handler then gets an AsyncIterable that begins with the first. */
  readonly opensStream?: (first: unknown) => boolean;
  /** Only for kind "any": true when its answers are known to be a stream, because it is a generator. Reflection says so. */
  readonly streams?: boolean;
}

/** What can be called. */
export interface Contract {
  readonly name: string;
  readonly methods: readonly Method[];
  /** Present when the contract comes from protobuf; reflection reads it. */
  readonly descriptor?: DescService;
}
