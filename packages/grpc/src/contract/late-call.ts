import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";

/** A call that has not been sent: as one that has one answer, or as one that may have many. */
export interface CallStarter<T> {
  one(): Promise<T>;
  many(): AsyncIterable<T>;
}

/**
 * One call as a Promise of its answer and an AsyncIterable of its answers in one
 * object. Nothing here knows which of the two the method has, so the first use
 * decides:
 *
 *     made --- then(), catch(), finally() ---> one answer (unary, client streaming)
 *       \----- [Symbol.asyncIterator]() -----> answers (server streaming, bidi)
 *        \---- neither in this tick ---------> sent as a stream, read as either later
 *
 * `await` and `for await` decide before the tick ends, so the call is on its way
 * with the same socket write as if it had been sent at once.
 */
export class LateCall<T = unknown> implements Promise<T>, AsyncIterable<T> {
  readonly [Symbol.toStringTag] = "Call";
  private readonly starter: CallStarter<T>;
  private promise: Promise<T> | undefined;
  private items: AsyncIterable<T> | undefined;

  constructor(starter: CallStarter<T>) {
    this.starter = starter;
    decideSoon(this as LateCall);
  }

  // biome-ignore lint/suspicious/noThenProperty: a call is awaited
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.promise ??= this.items === undefined ? this.starter.one() : onlyItem(this.items);
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
    if (this.promise === undefined) this.items ??= this.starter.many();
  }
}

async function* singleItem<T>(promise: Promise<T>): AsyncGenerator<T> {
  yield await promise;
}

/** The one item of a stream that should have one. */
export async function onlyItem<T>(items: AsyncIterable<T>): Promise<T> {
  let result: { readonly value: T } | undefined;
  for await (const value of items) {
    if (result !== undefined) throw new RpcError(Code.UNIMPLEMENTED, "the method answers with a stream: read it with for await");
    result = { value };
  }
  if (result === undefined) throw new RpcError(Code.UNIMPLEMENTED, "the method ended without an answer");
  return result.value;
}

/** Calls made in this tick; those that nobody used by its end are sent as streams. */
let undecided: LateCall[] = [];

/**
 * `await call` reaches `then` one microtask after the call is made, and this
 * queue may have been scheduled before that one: hence the second microtask.
 */
function decideSoon(call: LateCall): void {
  if (undecided.push(call) > 1) return;
  queueMicrotask(() => {
    const calls = undecided;
    undecided = [];
    queueMicrotask(() => {
      for (const call of calls) call.begin();
    });
  });
}
