import type { Binding, Codec, Handler, Method, MethodKind } from "@consulrpc/grpc";

/** Text as its UTF-8: a codec that every implementation can be given, so that the suites compare transports and no serializers. */
const text: Codec<string> = {
  name: "proto",
  encode(value, sink) {
    const bytes = Buffer.from(value, "utf8");
    sink.reserve(bytes.length);
    sink.bytes.set(bytes, sink.position);
    sink.position += bytes.length;
  },
  decode: (bytes, start, end) => bytes.toString("utf8", start, end),
};

const codec = { request: text as Codec, response: text as Codec };

function method(name: string, kind: MethodKind): Method {
  return {
    service: "test.Text",
    name,
    localName: name,
    path: `/test.Text/${name}`,
    kind,
    codec,
    codecs: new Map([["proto", codec]]),
    idempotent: false,
  };
}

export const once: Method = method("Once", "unary");
export const down: Method = method("Down", "server-streaming");
export const up: Method = method("Up", "client-streaming");
export const both: Method = method("Both", "bidi");

export function binding(handlers: Readonly<Record<string, Handler>>): Binding {
  return { contract: { name: "test.Text", methods: [once, down, up, both] }, handlers: new Map(Object.entries(handlers)) };
}

export async function* list(...items: string[]): AsyncGenerator<string> {
  yield* items;
}

export async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of items) found.push(item);
  return found;
}
