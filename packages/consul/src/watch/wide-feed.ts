import type { Requester, RequestOptions } from "../http/requester.js";
import { answerMeta, type Plan, type WideClass } from "../read.js";
import { SharedQuery, type Subscriber } from "./shared-query.js";

/** Reads at once after a wide query woke; with the request pool's bound this keeps a sweep from crowding everything else out. */
export const SWEEP_CONCURRENCY = 8;
/** Between two sweeps: what changes meanwhile is seen by the next one. */
export const SWEEP_INTERVAL_MS = 500;
/** Everything is looked at this often even when no wide query woke. */
export const SWEEP_IDLE_MS = 60_000;

/**
 * Feeds any number of watches from a few wide long polls. A wide query tells that something changed somewhere; then
 * each member is probed with a filter that nothing matches, whose tiny answer carries the member's own index, and only
 * members whose index moved are read.
 */
export class WideFeed implements Subscriber {
  readonly background = true;
  private readonly requester: Requester;
  readonly wide: readonly SharedQuery[];
  private readonly onEmpty: () => void;
  private readonly members = new Set<SharedQuery>();
  /** Not read yet since they joined. */
  private readonly fresh = new Set<SharedQuery>();
  private dirty = false;
  private sweeping = false;
  private sleeper: AbortController | undefined;
  private closed = false;

  constructor(requester: Requester, wide: readonly SharedQuery[], onEmpty: () => void) {
    this.requester = requester;
    this.wide = wide;
    this.onEmpty = onEmpty;
    for (const query of wide) {
      query.subscribers.add(this);
      void query.poll();
    }
    void this.idleLoop();
  }

  add(member: SharedQuery): void {
    this.members.add(member);
    this.fresh.add(member);
    member.signal.addEventListener("abort", () => this.remove(member));
    this.requestSweep();
  }

  changed(wide: SharedQuery): void {
    if (wide.closed) return;
    const { error } = wide.state;
    if (error !== undefined) for (const member of this.members) member.fail(error);
    else this.requestSweep();
  }

  private remove(member: SharedQuery): void {
    this.members.delete(member);
    this.fresh.delete(member);
    if (this.members.size > 0 || this.closed) return;
    this.closed = true;
    for (const query of this.wide) query.close();
    this.sleeper?.abort();
    this.onEmpty();
  }

  private requestSweep(): void {
    this.dirty = true;
    if (this.sweeping || this.closed) return;
    this.sweeping = true;
    void this.sweepLoop().finally(() => {
      this.sweeping = false;
      if (this.dirty) this.requestSweep();
    });
  }

  private async sweepLoop(): Promise<void> {
    await Promise.resolve();
    while (this.dirty && !this.closed) {
      this.dirty = false;
      await this.sweep();
      await this.requester.clock.sleep(this.fresh.size > 0 ? 0 : SWEEP_INTERVAL_MS, undefined, this.fresh.size === 0);
    }
  }

  private async sweep(): Promise<void> {
    const waiting = [...this.fresh, ...[...this.members].filter((member) => !this.fresh.has(member))];
    const worker = async (): Promise<void> => {
      for (let member = waiting.shift(); member !== undefined && !this.closed; member = waiting.shift()) {
        try {
          if (this.fresh.has(member) || (await this.moved(member))) await member.refresh(false);
          this.fresh.delete(member);
        } catch (error) {
          // its state says so; the next sweep tries again
          if (!member.closed) {
            member.fail(error);
            this.dirty = true;
          }
        }
      }
    };
    await Promise.all(Array.from({ length: SWEEP_CONCURRENCY }, worker));
  }

  private async moved(member: SharedQuery): Promise<boolean> {
    const { nothingFilter, path, parameters, accept } = member.plan;
    if (nothingFilter === undefined || member.state.status !== "current") return true;
    const filter = parameters.filter === undefined ? nothingFilter : `(${String(parameters.filter)}) and (${nothingFilter})`;
    const answer = await this.requester.send({
      method: "GET",
      path,
      parameters: { ...parameters, filter },
      accept,
      background: true,
      attemptsMax: 1,
      options: member.options,
    });
    return answerMeta(answer).index !== member.index;
  }

  private async idleLoop(): Promise<void> {
    this.sleeper = new AbortController();
    while (!this.closed) {
      await this.requester.clock.sleep(SWEEP_IDLE_MS, this.sleeper.signal, true);
      this.requestSweep();
    }
  }
}

/** Answers of wide queries are not parsed: that they came with another index is all that counts. */
function indexOnly(path: string, parameters: Plan<unknown>["parameters"]): Plan<unknown> {
  return {
    path,
    parameters,
    accept: [404],
    decode: () => undefined,
    blocks: "index",
    wide: undefined,
    nothingFilter: undefined,
  };
}

const plans: Readonly<Record<WideClass, readonly Plan<unknown>[]>> = {
  catalog: [
    indexOnly("catalog/services", {}),
    indexOnly("health/state/any", { filter: 'Node == ""' }),
    indexOnly("catalog/nodes", { filter: 'Node == ""' }),
  ],
  kv: [indexOnly("kv/", { keys: true, separator: "/" })],
};

export function wideFeed(requester: Requester, wide: WideClass, options: RequestOptions, onEmpty: () => void): WideFeed {
  const queries = plans[wide].map((plan) => new SharedQuery(requester, plan, options, "index"));
  return new WideFeed(requester, queries, onEmpty);
}
