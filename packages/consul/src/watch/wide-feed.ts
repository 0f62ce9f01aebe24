import type { HealthCheck } from "../family/shapes.js";
import type { Requester, RequestOptions } from "../http/requester.js";
import type { HttpAnswer } from "../http/transport.js";
import { answerMeta, json, type Plan, type WideClass } from "../read.js";
import { SharedQuery, type Subscriber } from "./shared-query.js";

/** Reads at once after a wide query woke; with the request pool's bound this keeps a sweep from crowding everything else out. */
export const SWEEP_CONCURRENCY = 12;
/** Between two sweeps: what changes meanwhile is seen by the next one. */
export const SWEEP_INTERVAL_MS = 400;
/** Everything is looked at this often even when no wide query woke. */
export const SWEEP_IDLE_MS = 60_000;

/**
 * Feeds any number of watches from a few wide long polls. A wide query tells that something changed somewhere, and
 * often whose it was (who is critical now and was not, which service is new): those members are read at once. Then each
 * member is probed with a filter that nothing matches, whose tiny answer carries the member's own index, and only members
 * whose index moved are read: what a wide query could not name is found too.
 */
export class WideFeed implements Subscriber {
  readonly background = true;
  private readonly requester: Requester;
  readonly wide: readonly SharedQuery[];
  private readonly onEmpty: () => void;
  private readonly members = new Set<SharedQuery>();
  /** Not read yet since they joined. */
  private readonly fresh = new Set<SharedQuery>();
  /** Named by a wide query: read before all others. */
  private readonly named = new Set<SharedQuery>();
  private readonly reading = new Set<SharedQuery>();
  private readonly known = new Map<SharedQuery, Names>();
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
    else {
      this.nameMembers(wide);
      this.requestSweep();
    }
  }

  /** Members whose service stands in one of the last two answers of a wide query only, or differs between them. */
  private nameMembers(wide: SharedQuery): void {
    const before = this.known.get(wide);
    const now = wide.value as Names | undefined;
    if (now === undefined || now === before) return;
    this.known.set(wide, now);
    if (before === undefined) return;
    const services = new Set<string>();
    for (const [key, { service, content }] of now) if (before.get(key)?.content !== content) services.add(service);
    for (const [key, { service }] of before) if (!now.has(key)) services.add(service);
    if (services.size === 0) return;
    for (const member of this.members) if (services.has(serviceOf(member.plan.path))) this.named.add(member);
  }

  private remove(member: SharedQuery): void {
    this.named.delete(member);
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
    const waiting = [...this.fresh, ...[...this.members].filter((member) => !this.fresh.has(member))].reverse();
    const worker = async (): Promise<void> => {
      for (
        let member = this.nextNamed() ?? waiting.pop();
        member !== undefined && !this.closed;
        member = this.nextNamed() ?? waiting.pop()
      ) {
        try {
          if (this.fresh.has(member) || this.reading.has(member) || (await this.moved(member))) await member.refresh(false);
          this.fresh.delete(member);
          this.reading.delete(member);
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

  private nextNamed(): SharedQuery | undefined {
    for (const member of this.named) {
      this.named.delete(member);
      this.reading.add(member);
      return member;
    }
    return undefined;
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

/** What a wide query says, by key: whose it is, and something that differs when it changed. */
type Names = ReadonlyMap<string, { readonly service: string; readonly content: string }>;

/** "health/service/web" to "web". */
function serviceOf(path: string): string {
  return decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
}

/** Checks in one state; "" for those of nodes, which no member bears. */
function checkNames(answer: HttpAnswer): Names {
  const checks = (json(answer) as readonly HealthCheck[] | null) ?? [];
  return new Map(
    checks.map(({ Node, CheckID, ServiceName, ModifyIndex }) => [
      `${Node}/${CheckID}`,
      { service: ServiceName, content: String(ModifyIndex) },
    ]),
  );
}

function tagNames(answer: HttpAnswer): Names {
  const services = (json(answer) as Readonly<Record<string, readonly string[]>> | null) ?? {};
  return new Map(Object.entries(services).map(([service, tags]) => [service, { service, content: tags.join() }]));
}

function wideQuery(
  path: string,
  parameters: Plan<unknown>["parameters"],
  decode: Plan<unknown>["decode"] = () => undefined,
): Plan<unknown> {
  return {
    path,
    parameters,
    accept: [404],
    decode,
    blocks: "index",
    wide: undefined,
    nothingFilter: undefined,
  };
}

const plans: Readonly<Record<WideClass, readonly Plan<unknown>[]>> = {
  catalog: [
    wideQuery("catalog/services", {}, tagNames),
    wideQuery("health/state/critical", {}, checkNames),
    wideQuery("health/state/warning", {}, checkNames),
    wideQuery("catalog/nodes", { filter: 'Node == ""' }),
  ],
  kv: [wideQuery("kv/", { keys: true, separator: "/" })],
};

export function wideFeed(requester: Requester, wide: WideClass, options: RequestOptions, onEmpty: () => void): WideFeed {
  const queries = plans[wide].map((plan) => new SharedQuery(requester, plan, options, "index"));
  return new WideFeed(requester, queries, onEmpty);
}
