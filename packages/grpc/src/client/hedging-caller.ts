import type { ChannelCore } from "../channel/channel.js";
import type { HedgePolicy } from "../channel/method-policy.js";
import type { Method } from "../contract/contract.js";
import type { AttemptOptions } from "./attempt-options.js";
import { AttemptSeries } from "./attempt-series.js";
import type { Caller, CallOptions } from "./caller.js";
import type { AttemptCaller } from "./channel-caller.js";
import { Hedge } from "./hedge.js";
import { SharedRequests } from "./shared-requests.js";

/** Hedging of gRFC A6: several attempts on the way at once, the first response that begins is the answer. */
export class HedgingCaller implements Caller {
  private readonly core: ChannelCore;
  private readonly attempts: AttemptCaller;

  constructor(core: ChannelCore, attempts: AttemptCaller) {
    this.core = core;
    this.attempts = attempts;
  }

  unary(method: Method, request: unknown, options?: CallOptions): Promise<unknown> {
    return this.hedge(method, options, undefined, (own) => this.attempts.unary(method, request, own));
  }

  clientStreaming(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): Promise<unknown> {
    const shared = new SharedRequests(requests);
    return this.hedge(method, options, shared, (own) => this.attempts.clientStreaming(method, shared.reader(), own));
  }

  serverStreaming(method: Method, request: unknown, options?: CallOptions): AsyncIterable<unknown> {
    return responses(this.hedge(method, options, undefined, (own) => begun(this.attempts.serverStreaming(method, request, own))));
  }

  bidi(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): AsyncIterable<unknown> {
    const shared = new SharedRequests(requests);
    return responses(this.hedge(method, options, shared, (own) => begun(this.attempts.bidi(method, shared.reader(), own))));
  }

  private hedge<T>(
    method: Method,
    options: CallOptions | undefined,
    shared: SharedRequests | undefined,
    start: (options: AttemptOptions) => Promise<T>,
  ): Promise<T> {
    const { core } = this;
    const { policy, label } = core.entry(method);
    const series = new AttemptSeries(label, core.options.clock, options, policy.timeoutMs);
    return new Hedge({ series, policy: policy.hedge as HedgePolicy, throttle: core.throttle, clock: core.options.clock, shared, start })
      .result;
  }
}

/** A response stream of which the first item, or the end, is here. */
interface Begun {
  readonly first: IteratorResult<unknown>;
  readonly rest: AsyncIterator<unknown>;
}

async function begun(stream: AsyncIterable<unknown>): Promise<Begun> {
  const rest = stream[Symbol.asyncIterator]();
  return { first: await rest.next(), rest };
}

/** Reads the winner's responses. */
function responses(winner: Promise<Begun>): AsyncIterable<unknown> {
  // Whoever iterates hears of a failure; nobody else needs to.
  winner.catch(() => {});
  let begunAlready = false;
  const iterator: AsyncIterableIterator<unknown> = {
    async next() {
      const { first, rest } = await winner;
      if (begunAlready) return rest.next();
      begunAlready = true;
      return first;
    },
    async return() {
      const { rest } = await winner;
      await rest.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
