import type { DescService } from "@bufbuild/protobuf";
import type { MethodCodec } from "../codec/codec.js";

export type MethodKind = "unary" | "server-streaming" | "client-streaming" | "bidi";

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
  /** By content subtype ("proto", "json", "msgpack"); what a server accepts. `application/grpc` alone means `codec`. */
  readonly codecs: ReadonlyMap<string, MethodCodec<I, O>>;
  /** True: safe to send more than once. From the contract's idempotency level. */
  readonly idempotent: boolean;
}

/** What can be called. */
export interface Contract {
  readonly name: string;
  readonly methods: readonly Method[];
  /** Present when the contract comes from protobuf; reflection reads it. */
  readonly descriptor?: DescService;
}
