import type { Call, Interceptor, Next, Response } from "../call/interceptor.js";
import type { Metadata } from "../call/metadata.js";
import type { Method } from "../contract/contract.js";
import type { Caller, CallOptions } from "./caller.js";
import { ClientCall } from "./client-call.js";

/** Puts interceptors around the calls of another caller. */
export class InterceptedCaller implements Caller {
  private readonly chain: Next;

  constructor(inner: Caller, interceptors: readonly Interceptor[]) {
    const innermost: Next = (call) => send(inner, call);
    this.chain = interceptors.reduceRight((next, interceptor) => interceptor(next), innermost);
  }

  unary(method: Method, request: unknown, options?: CallOptions): Promise<unknown> {
    return asPromise(this.begin(method, request, options));
  }

  serverStreaming(method: Method, request: unknown, options?: CallOptions): AsyncIterable<unknown> {
    return asIterable(this.begin(method, request, options));
  }

  clientStreaming(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): Promise<unknown> {
    return asPromise(this.begin(method, requests, options));
  }

  bidi(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): AsyncIterable<unknown> {
    return asIterable(this.begin(method, requests, options));
  }

  private begin(method: Method, request: unknown, options: CallOptions | undefined): Response {
    return this.chain(new ClientCall(method, request, options));
  }
}

/** Behind the last interceptor: the call as they left it. */
function send(inner: Caller, call: Call): Response {
  const { method, request } = call;
  const options = optionsOf(call);
  switch (method.kind) {
    case "server-streaming":
      return inner.serverStreaming(method, request, options);
    case "client-streaming":
      return inner.clientStreaming(method, request as AsyncIterable<unknown>, options);
    case "bidi":
      return inner.bidi(method, request as AsyncIterable<unknown>, options);
    default:
      return inner.unary(method, request, options);
  }
}

/** An interceptor may hand on a call of its own; then the callbacks reach the original through its prototype, or nobody. */
function optionsOf(call: Call): CallOptions {
  const own = call instanceof ClientCall ? call : undefined;
  const timeoutMs = call.timeoutLeftMs();
  const signal = own !== undefined && Object.getPrototypeOf(call) === ClientCall.prototype ? own.abortSignal : call.signal;
  return {
    ...own?.options,
    metadata: call.metadata,
    ...(timeoutMs === Number.POSITIVE_INFINITY ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
    onHeaders: (headers: Metadata) => own?.headersArrived(headers),
    onTrailers: (trailers: Metadata) => own?.trailersArrived(trailers),
  };
}

function asPromise(response: Response): Promise<unknown> {
  if (Symbol.asyncIterator in response) throw new TypeError("an interceptor answered a call of one message with an iterable");
  return response;
}

function asIterable(response: Response): AsyncIterable<unknown> {
  if (Symbol.asyncIterator in response) return response;
  throw new TypeError("an interceptor answered a streaming call with a promise");
}
