import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import type { Caller, CallOptions } from "../client/caller.js";
import { isAsyncIterable } from "./bind-class.js";
import type { ClassRequest } from "./class-request.js";
import type { Method, MethodKind } from "./contract.js";

/**
 * One call of a class method: a Promise of its result and an AsyncIterable of its
 * items in one object. Nothing here knows which of the two the method is, so the
 * first use decides:
 *
 *     made --- then(), catch(), finally() ---> one answer (unary, client streaming)
 *       \----- [Symbol.asyncIterator]() -----> answers (server streaming, bidi)
 *        \---- neither in this tick ---------> sent as a stream, read as either later
 *
 * `await` and `for await` decide before the tick ends, so the call is on its way
 * with the same socket write as if it had been sent at once.
 */
export class ClassCall<T = unknown> implements Promise<T>, AsyncIterable<T> {
  readonly [Symbol.toStringTag] = "ClassCall";
  private readonly caller: Caller;
  private readonly options: CallOptions | undefined;
  private readonly method: (kind: MethodKind) => Method;
  private readonly request: ClassRequest;
  private readonly stream: AsyncIterable<unknown> | undefined;
  private promise: Promise<T> | undefined;
  private items: AsyncIterable<T> | undefined;

  constructor(caller: Caller, method: (kind: MethodKind) => Method, args: readonly unknown[], options: CallOptions | undefined) {
    this.caller = caller;
    this.options = options;
    this.method = method;
    const at = args.findIndex(isAsyncIterable);
    if (at < 0) {
      this.request = args;
    } else {
      if (args.findIndex((arg, index) => index > at && isAsyncIterable(arg)) > 0)
        throw new TypeError(`${method("bidi").path}: a call takes one stream, not two`);
      this.stream = args[at] as AsyncIterable<unknown>;
      this.request = { arguments: args.with(at, null), stream: at };
    }
    decideSoon(this as ClassCall);
  }

  // biome-ignore lint/suspicious/noThenProperty: a call is awaited
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.promise ??= this.items === undefined ? this.one() : onlyItem(this.items);
    return this.promise.then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, rejected);
  }

  finally(settled?: (() => void) | null): Promise<T> {
    return this.then().finally(settled);
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    if (this.items === undefined && this.promise !== undefined) return singleItem(this.promise);
    this.begin();
    return this.items![Symbol.asyncIterator]();
  }

  /** Sends the call, unless it is on its way. */
  begin(): void {
    if (this.promise !== undefined || this.items !== undefined) return;
    const { caller, stream, request, options } = this;
    this.items = (
      stream === undefined
        ? caller.serverStreaming(this.method("server-streaming"), request, options)
        : caller.bidi(this.method("bidi"), opened(request, stream), options)
    ) as AsyncIterable<T>;
  }

  private one(): Promise<T> {
    const { caller, stream, request, options } = this;
    return (
      stream === undefined
        ? caller.unary(this.method("unary"), request, options)
        : caller.clientStreaming(this.method("client-streaming"), opened(request, stream), options)
    ) as Promise<T>;
  }
}

async function* opened(first: ClassRequest, items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  yield first;
  yield* items;
}

async function* singleItem<T>(promise: Promise<T>): AsyncGenerator<T> {
  yield await promise;
}

async function onlyItem<T>(items: AsyncIterable<T>): Promise<T> {
  let result: { readonly value: T } | undefined;
  for await (const value of items) {
    if (result !== undefined) throw new RpcError(Code.UNIMPLEMENTED, "the method answers with a stream: read it with for await");
    result = { value };
  }
  if (result === undefined) throw new RpcError(Code.UNIMPLEMENTED, "the method ended without an answer");
  return result.value;
}

/** Calls made in this tick; those that nobody used by its end are sent as streams. */
let undecided: ClassCall[] = [];

/**
 * `await call` reaches `then` one microtask after the call is made, and this
 * queue may have been scheduled before that one: hence the second microtask.
 */
function decideSoon(call: ClassCall): void {
  if (undecided.push(call) > 1) return;
  queueMicrotask(() => {
    const calls = undecided;
    undecided = [];
    queueMicrotask(() => {
      for (const call of calls) call.begin();
    });
  });
}
