import { jsonCodec } from "../codec/class/json-codec.js";
import { msgpackCodec } from "../codec/class/msgpack-codec.js";
import { valueCodec } from "../codec/class/value-codec.js";
import type { Codec, MethodCodec } from "../codec/codec.js";
import { opensStream } from "./class-request.js";
import type { Method, MethodKind } from "./contract.js";

/** How values of a class contract become bytes. A server understands both, and google.protobuf.Value besides; a client chooses. */
export type ClassCodecName = "msgpack" | "json";

const both = (codec: Codec): MethodCodec => ({ request: codec, response: codec });

const CODECS: ReadonlyMap<string, MethodCodec> = new Map([
  ["msgpack", both(msgpackCodec)],
  ["json", both(jsonCodec)],
  ["proto", both(valueCodec)],
]);

/** One method of a class. On the wire it is named as in TypeScript. */
export function classMethod(service: string, name: string, kind: MethodKind, codec: ClassCodecName = "msgpack"): Method {
  return {
    service,
    name,
    localName: name,
    path: `/${service}/${name}`,
    kind,
    codec: CODECS.get(codec)!,
    codecs: CODECS,
    idempotent: false,
    ...(kind === "any" ? { opensStream } : undefined),
  };
}

/** The entries of one method by kind: its client learns the kind of a call from how the call is used. */
export function classMethods(service: string, name: string, codec: ClassCodecName): (kind: MethodKind) => Method {
  const byKind = new Map<MethodKind, Method>();
  return (kind) => {
    let method = byKind.get(kind);
    if (method === undefined) {
      method = classMethod(service, name, kind, codec);
      byKind.set(kind, method);
    }
    return method;
  };
}

/** A contract's name: identifiers joined by dots, as protobuf's full names are. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;

export function checkedContractName(name: string): string {
  if (!NAME.test(name)) {
    throw new TypeError(`contract name ${JSON.stringify(name)} must be identifiers joined by dots, as "example.Echo"`);
  }
  return name;
}
