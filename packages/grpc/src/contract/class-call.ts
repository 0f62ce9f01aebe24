import type { Caller, CallOptions } from "../client/caller.js";
import { isAsyncIterable } from "./bind-class.js";
import type { ClassRequest } from "./class-request.js";
import type { Method, MethodKind } from "./contract.js";
import type { CallStarter } from "./late-call.js";

/** A call of a class method with its arguments, one of which may be a stream. `method` gives the method's entry for the kind that the call turns out to have. */
export class ClassCallStarter implements CallStarter<unknown> {
  private readonly caller: Caller;
  private readonly method: (kind: MethodKind) => Method;
  private readonly options: CallOptions | undefined;
  private readonly request: ClassRequest;
  private readonly stream: AsyncIterable<unknown> | undefined;

  constructor(caller: Caller, method: (kind: MethodKind) => Method, args: readonly unknown[], options: CallOptions | undefined) {
    this.caller = caller;
    this.method = method;
    this.options = options;
    const at = args.findIndex(isAsyncIterable);
    if (at < 0) {
      this.request = args;
      return;
    }
    if (args.findIndex((arg, index) => index > at && isAsyncIterable(arg)) > 0) {
      throw new TypeError(`${method("bidi").path}: a call takes one stream, not two`);
    }
    this.stream = args[at] as AsyncIterable<unknown>;
    this.request = { arguments: args.with(at, null), stream: at };
  }

  one(): Promise<unknown> {
    const { caller, stream, request, options } = this;
    return stream === undefined
      ? caller.unary(this.method("unary"), request, options)
      : caller.clientStreaming(this.method("client-streaming"), opened(request, stream), options);
  }

  many(): AsyncIterable<unknown> {
    const { caller, stream, request, options } = this;
    return stream === undefined
      ? caller.serverStreaming(this.method("server-streaming"), request, options)
      : caller.bidi(this.method("bidi"), opened(request, stream), options);
  }
}

async function* opened(first: ClassRequest, items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  yield first;
  yield* items;
}
