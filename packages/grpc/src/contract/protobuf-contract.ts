import type { DescMessage, DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { Codec, MethodCodec } from "../codec/codec.js";
import { protobufJsonCodec } from "../codec/protobuf/json-codec.js";
import { protobufCodec } from "../codec/protobuf/protobuf-codec.js";
import type { Contract, Method, MethodKind } from "./contract.js";

const KINDS: Readonly<Record<DescMethod["methodKind"], MethodKind>> = {
  unary: "unary",
  server_streaming: "server-streaming",
  client_streaming: "client-streaming",
  bidi_streaming: "bidi",
};

/** One contract per descriptor: a method's identity is what pools, caches and balancers go by. */
const contracts = new WeakMap<DescService, Contract>();

/** The contract of a protobuf service: what `protoc-gen-es` generated, or a descriptor read at run time. */
export function protobufContract(desc: DescService): Contract {
  let contract = contracts.get(desc);
  if (contract === undefined) {
    contract = { name: desc.typeName, methods: desc.methods.map(protobufMethod), descriptor: desc };
    contracts.set(desc, contract);
  }
  return contract;
}

function protobufMethod(desc: DescMethod): Method {
  const codec = methodCodec(desc, protobufCodec);
  return {
    service: desc.parent.typeName,
    name: desc.name,
    localName: desc.localName,
    path: `/${desc.parent.typeName}/${desc.name}`,
    kind: KINDS[desc.methodKind],
    codec,
    codecs: new Map([
      ["proto", codec],
      ["json", methodCodec(desc, protobufJsonCodec)],
    ]),
    idempotent: desc.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN,
  };
}

function methodCodec(desc: DescMethod, codecFor: (desc: DescMessage) => Codec<Message>): MethodCodec {
  return { request: codecFor(desc.input) as Codec, response: codecFor(desc.output) as Codec };
}
