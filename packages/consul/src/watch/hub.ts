import { queryText } from "../http/parameters.js";
import type { Requester, RequestOptions } from "../http/requester.js";
import type { Plan } from "../read.js";
import { Liveness } from "./liveness.js";
import { SharedQuery, type Subscriber } from "./shared-query.js";
import { type WideFeed, wideFeed } from "./wide-feed.js";

const hubs = new WeakMap<Requester, WatchHub>();

/** The one hub of a client. */
export function hubOf(requester: Requester): WatchHub {
  let hub = hubs.get(requester);
  if (hub === undefined) {
    hub = new WatchHub(requester);
    hubs.set(requester, hub);
  }
  return hub;
}

/**
 * Every watch of one client: equal ones share a query, and at most `watchPollsMax` queries have a long poll of their
 * own. The rest is fed by wide queries, or asked from time to time where there is none.
 */
export class WatchHub {
  private readonly requester: Requester;
  private readonly queries = new Map<string, SharedQuery>();
  private readonly feeds = new Map<string, WideFeed>();
  private readonly liveness: Liveness;
  private polls = 0;

  constructor(requester: Requester) {
    this.requester = requester;
    this.liveness = new Liveness(requester, () => [...this.queries.values(), ...[...this.feeds.values()].flatMap((feed) => feed.wide)]);
  }

  join(plan: Plan<unknown>, options: RequestOptions, subscriber: Subscriber): { query: SharedQuery; leave: () => void } {
    const key = JSON.stringify([plan.path, queryText(plan.parameters), options]);
    const query = this.queries.get(key) ?? this.start(key, plan, options);
    const wasAlone = query.subscribers.size > 0 && [...query.subscribers].every((other) => other.background);
    query.subscribers.add(subscriber);
    // a poll under way does not keep the process alive; the newcomer's has to
    if (wasAlone && !subscriber.background) query.restart();
    const leave = (): void => {
      query.subscribers.delete(subscriber);
      if (query.subscribers.size === 0) query.close();
    };
    return { query, leave };
  }

  /** Ends every watch. */
  close(): void {
    for (const query of [...this.queries.values()]) query.close();
  }

  /** For tests and metrics. */
  get counts(): { readonly queries: number; readonly polls: number; readonly wideFeeds: number } {
    return { queries: this.queries.size, polls: this.polls, wideFeeds: this.feeds.size };
  }

  private start(key: string, plan: Plan<unknown>, options: RequestOptions): SharedQuery {
    const query = new SharedQuery(this.requester, plan, options);
    this.queries.set(key, query);
    this.liveness.wanted();
    query.signal.addEventListener("abort", () => {
      if (this.queries.get(key) === query) this.queries.delete(key);
    });
    const slotFree = this.polls < this.requester.options.watchPollsMax;
    if (slotFree || plan.wide === undefined) this.poll(query, slotFree);
    else this.feed(plan.wide, options, query);
    return query;
  }

  private poll(query: SharedQuery, blocking: boolean): void {
    const holdsSlot = blocking && query.plan.blocks !== "none";
    if (holdsSlot) this.polls++;
    // begins with the next microtask, so that whoever joins now is told of everything
    void Promise.resolve()
      .then(() => query.poll(blocking))
      .finally(() => {
        if (holdsSlot) this.polls--;
      });
  }

  private feed(wide: NonNullable<Plan<unknown>["wide"]>, options: RequestOptions, query: SharedQuery): void {
    const key = JSON.stringify([wide, options]);
    let feed = this.feeds.get(key);
    if (feed === undefined) {
      feed = wideFeed(this.requester, wide, options, () => this.feeds.delete(key));
      this.feeds.set(key, feed);
    }
    feed.add(query);
  }
}
