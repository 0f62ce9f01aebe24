import type { Read, ReadOptions } from "../read.js";
import { hubOf } from "./hub.js";
import type { SharedQuery, Subscriber, WatchState } from "./shared-query.js";

export interface WatchOptions {
  /** Ends the watch. */
  readonly signal?: AbortSignal;
  /** True: does not keep the process alive once the first value is there. @default false */
  readonly background?: boolean;
  /** Told on every change of state, also between values. */
  readonly onState?: (state: WatchState) => void;
}

/**
 * The values of one read, as they change. Level-triggered and conflating: an iteration that was away gets the latest
 * value, never a queue of history; equal values are not repeated. Errors are state, not an end. The watch ends when its
 * signal aborts, on `close`, or when an iteration is left.
 */
export interface Watch<T> extends AsyncIterable<T>, AsyncDisposable {
  /** The last known value; undefined before the first. */
  readonly current: T | undefined;
  readonly state: WatchState;
  close(): void;
}

/** Watches a readable endpoint: `watch(consul.kv.get, "key", { signal })`. Equal watches of one client share one blocking query. */
export function watch<A extends readonly unknown[], O extends ReadOptions, T>(
  read: Read<A, O, T>,
  ...args: [...A, options?: (O & WatchOptions) | undefined]
): Watch<T> {
  const { signal, background, onState, ...options } = (args[read.arity] ?? {}) as O & WatchOptions;
  const plan = read.plan(...([...args.slice(0, read.arity), options] as unknown as [...A, O]));
  const { token, dc, ns, partition } = options as ReadOptions;
  const request = Object.fromEntries(Object.entries({ token, dc, ns, partition }).filter(([, value]) => value !== undefined));
  return new QueryWatch<T>((subscriber) => hubOf(read.requester).join(plan, request, subscriber), { signal, background, onState });
}

interface Membership {
  readonly query: SharedQuery;
  leave(): void;
}

class QueryWatch<T> implements Watch<T>, Subscriber {
  readonly background: boolean;
  private readonly membership: Membership;
  private readonly onState: ((state: WatchState) => void) | undefined;
  private readonly signal: AbortSignal | undefined;
  private readonly waiting = new Set<() => void>();
  private reported: WatchState | undefined;
  private ended = false;

  constructor(
    join: (subscriber: Subscriber) => Membership,
    options: { signal: AbortSignal | undefined; background: boolean | undefined; onState: ((state: WatchState) => void) | undefined },
  ) {
    this.background = options.background ?? false;
    this.onState = options.onState;
    this.signal = options.signal;
    this.membership = join(this);
    if (this.signal?.aborted === true) this.close();
    else this.signal?.addEventListener("abort", this.close);
  }

  get current(): T | undefined {
    return this.membership.query.value as T | undefined;
  }

  get state(): WatchState {
    return this.membership.query.state;
  }

  changed(query: SharedQuery): void {
    if (query.closed) {
      this.close();
      return;
    }
    if (this.reported !== query.state) {
      this.reported = query.state;
      this.onState?.(query.state);
    }
    this.wakeAll();
  }

  readonly close = (): void => {
    if (this.ended) return;
    this.ended = true;
    this.signal?.removeEventListener("abort", this.close);
    this.membership.leave();
    this.wakeAll();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    let seen = 0;
    return {
      next: async (): Promise<IteratorResult<T>> => {
        const { query } = this.membership;
        while (!this.ended && query.version === seen) await new Promise<void>((resolve) => this.waiting.add(resolve));
        if (this.ended) return { done: true, value: undefined };
        seen = query.version;
        return { done: false, value: query.value as T };
      },
      return: async (): Promise<IteratorResult<T>> => {
        this.close();
        return { done: true, value: undefined };
      },
    };
  }

  private wakeAll(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
