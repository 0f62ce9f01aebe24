import { ByteSink } from "@consulrpc/http2";
import { Code } from "../call/code.js";
import { Metadata } from "../call/metadata.js";
import { RpcError } from "../call/rpc-error.js";
import type { Caller, CallOptions } from "../client/caller.js";
import type { Codec } from "../codec/codec.js";
import type { Binding, Handler, ServerCall } from "../server/handler.js";
import { isAsyncIterable } from "./bind-class.js";
import type { Method } from "./contract.js";

/**
 * A Caller that answers from bindings in this process: no transport, but every
 * message goes through its codec as bytes. The double of the Caller seam.
 */
export function loopbackCaller(bindings: readonly Binding[]): Caller {
  const handler = (method: Method): { method: Method; handle: Handler } => {
    const binding = bindings.find(({ contract }) => contract.name === method.service);
    const served = binding?.contract.methods.find(({ name }) => name === method.name);
    const handle = binding?.handlers.get(method.name);
    if (served === undefined || handle === undefined) throw new RpcError(Code.UNIMPLEMENTED, `unknown method ${method.path}`);
    return { method: served, handle };
  };

  async function* answers(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): AsyncGenerator<unknown> {
    const { method: served, handle } = handler(method);
    const result = await handle(await delivered(served, overWire(method.codec.request, requests)), serverCall(served, options));
    yield* overWire(method.codec.response, isAsyncIterable(result) ? result : list(result));
  }

  async function only(items: AsyncIterable<unknown>): Promise<unknown> {
    const all: unknown[] = [];
    for await (const item of items) all.push(item);
    if (all.length !== 1) throw new RpcError(Code.UNIMPLEMENTED, `expected one message, got ${all.length}`);
    return all[0];
  }

  return {
    unary: (method, request, options) => only(answers(method, list(request), options)),
    serverStreaming: (method, request, options) => answers(method, list(request), options),
    clientStreaming: (method, requests, options) => only(answers(method, requests, options)),
    bidi: (method, requests, options) => answers(method, requests, options),
  };
}

/** What the handler of a method gets, by the method's kind. */
async function delivered(method: Method, requests: AsyncGenerator<unknown>): Promise<unknown> {
  if (method.kind === "client-streaming" || method.kind === "bidi") return requests;
  const first = await requests.next();
  if (first.done === true) throw new RpcError(Code.UNIMPLEMENTED, "expected one message, got 0");
  return method.opensStream?.(first.value) === true ? prepended(first.value, requests) : first.value;
}

async function* prepended(first: unknown, rest: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  yield first;
  yield* rest;
}

async function* list(value: unknown): AsyncGenerator<unknown> {
  yield value;
}

async function* overWire(codec: Codec, messages: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  for await (const message of messages) {
    const sink = new ByteSink(16);
    codec.encode(message, sink);
    const decoded = codec.decode(sink.bytes, 0, sink.position);
    // The transport overwrites its buffer: whatever a codec kept without copying shows.
    sink.bytes.fill(0xff);
    yield decoded;
  }
}

function serverCall(method: Method, options: CallOptions | undefined): ServerCall {
  return {
    side: "server",
    method,
    request: undefined,
    metadata: options?.metadata ?? new Metadata(),
    timeoutLeftMs: () => options?.timeoutMs ?? Number.POSITIVE_INFINITY,
    signal: options?.signal ?? new AbortController().signal,
    peer: undefined,
    peerIdentity: undefined,
    responseHeaders: new Metadata(),
    responseTrailers: new Metadata(),
    values: new Map(),
    sendHeaders: () => {},
    setCompression: () => {},
  };
}
