import { type Clock, Consul, type ServiceEntry, type Watch, watch } from "@consulrpc/consul";
import type { Endpoint, Resolution, Resolver, Target } from "@consulrpc/grpc";
import { type ConsulTarget, consulTarget, filterOf } from "./consul-target.js";
import { type BeliefOptions, EndpointList } from "./endpoint-list.js";
import type { LastGood } from "./last-good.js";
import { Latest } from "./latest.js";
import { PolicySource } from "./policy-source.js";
import { type Listed, listedOf, nobodyHealthy, oncePerAddress } from "./service-endpoint.js";

export interface ConsulResolverOptions extends BeliefOptions {
  /** @default a client of its own per target, from the environment */
  readonly consul?: Consul;
  /** Keeps the last good list over restarts. @default none */
  readonly lastGood?: LastGood;
  /** Takes policy and weights from Consul where it has some; false saves two watches a client. @default true */
  readonly policy?: boolean;
  /** What was found in Consul and cannot be used. @default console.error */
  readonly log?: (line: string) => void;
}

/** A list is written at most this often. */
const SAVE_INTERVAL_MS = 2_000;
/** A question besides the watch, whose answer only helps to judge, holds the list up no longer than this. */
const ASK_MS_MAX = 1_000;

/** Resolves consul:// targets: one watch a datacenter, believed as EndpointList says, with the last good list while Consul is away. */
export function consulResolver(options: ConsulResolverOptions = {}): Resolver {
  return async function* resolve(target: Target, signal: AbortSignal): AsyncGenerator<Resolution> {
    const wanted = consulTarget(target);
    const own = options.consul === undefined || wanted.consulAddress !== undefined;
    const consul = own ? new Consul(wanted.consulAddress === undefined ? {} : { address: wanted.consulAddress }) : options.consul!;
    const resolution = new ConsulResolution(consul, wanted, target, options, signal);
    try {
      yield* resolution.results;
    } finally {
      resolution.close();
      if (own) consul.close();
    }
  };
}

type Entries = readonly ServiceEntry[];

class ConsulResolution {
  readonly results: Latest<Resolution> = new Latest();
  private readonly consul: Consul;
  private readonly wanted: ConsulTarget;
  private readonly target: Target;
  private readonly lastGood: LastGood | undefined;
  private readonly list: EndpointList;
  private readonly ended = new AbortController();
  private readonly policy: PolicySource | undefined;
  private readonly watches: readonly Watch<Entries>[];
  /** Consul was out of reach when it was last looked at. */
  private away = false;
  private seeded = false;
  private dirty = false;
  private running = false;
  private cancelLook: (() => void) | undefined;
  private cancelSave: (() => void) | undefined;
  private told = "";

  constructor(consul: Consul, wanted: ConsulTarget, target: Target, options: ConsulResolverOptions, signal: AbortSignal) {
    this.consul = consul;
    this.wanted = wanted;
    this.target = target;
    this.lastGood = options.lastGood;
    this.list = new EndpointList(options);
    const ended = this.ended.signal;
    this.watches = wanted.datacenters.map((dc) => this.watchOf(dc, ended));
    if (options.policy !== false) {
      this.policy = new PolicySource(consul, wanted.service, ended, () => this.look(), options.log ?? console.error);
    }
    for (const entries of this.watches) void this.follow(entries);
    if (signal.aborted) this.close();
    else signal.addEventListener("abort", () => this.close(), { once: true });
  }

  close(): void {
    this.ended.abort();
    this.cancelLook?.();
    this.cancelSave?.();
    this.results.end();
  }

  private watchOf(dc: string | undefined, signal: AbortSignal): Watch<Entries> {
    const { wanted, consul } = this;
    const shared = { signal, background: true, onState: () => this.look(), ...defined({ dc, ns: wanted.ns, partition: wanted.partition }) };
    if (wanted.preparedQuery)
      return executed(watch(consul.query.execute, wanted.service, { ...shared, ...defined({ near: wanted.near }) }));
    const read = wanted.connect ? consul.health.connect : consul.health.service;
    return watch(read, wanted.service, { ...shared, ...this.readOptions, passing: !wanted.warning });
  }

  private get readOptions(): { tag?: readonly string[]; filter?: string; near?: string; peer?: string; stale?: true } {
    const { wanted } = this;
    return {
      ...(wanted.tags.length === 0 ? {} : { tag: wanted.tags }),
      ...(wanted.stale ? { stale: true } : {}),
      ...defined({ filter: filterOf(wanted), near: wanted.near, peer: wanted.peer }),
    };
  }

  private async follow(entries: Watch<Entries>): Promise<void> {
    for await (const _ of entries) this.look();
  }

  /** Something changed: looks at everything as it is now. What happens meanwhile is looked at afterwards, once. */
  private look(): void {
    this.dirty = true;
    if (this.running) return;
    this.running = true;
    void Promise.resolve().then(async () => {
      while (this.dirty && !this.ended.signal.aborted) {
        this.dirty = false;
        await this.observe();
      }
      this.running = false;
    });
  }

  private async observe(): Promise<void> {
    const answering = this.watches.filter(({ state }) => state.status === "current");
    const failed = this.watches.find(({ state }) => state.error !== undefined);
    if (answering.length === 0) {
      if (failed !== undefined) await this.withoutConsul(failed);
      return;
    }
    const nowMs = this.nowMs;
    if (this.away) this.list.troubled(nowMs);
    this.away = false;
    const { entries, healthy } = this.preferred(answering);
    const registered = this.list.wantsRegistered(healthy) ? await this.registeredIds() : undefined;
    const wakeAtMs = this.list.observe({ nowMs, healthy, registered });
    this.wakeAt(wakeAtMs);
    const { endpoints } = this.list;
    const reason = endpoints.length === 0 ? await this.whyNobody(entries) : undefined;
    this.tell({ endpoints, freshness: "fresh", ...defined({ reason }) });
    if (endpoints.length > 0) this.saveSoon();
  }

  /** The first datacenter, in the order of the target, that has somebody to call. */
  private preferred(answering: readonly Watch<Entries>[]): { entries: Entries; healthy: readonly Endpoint[] } {
    for (const { current = [] } of answering) {
      const healthy = this.healthyOf(current);
      if (healthy.length > 0) return { entries: current, healthy };
    }
    return { entries: answering[0]?.current ?? [], healthy: [] };
  }

  private healthyOf(entries: Entries): Endpoint[] {
    const usable = (status: Listed["status"]): boolean => status === "passing" || (this.wanted.warning && status === "warning");
    return oncePerAddress(entries.map(listedOf).filter(({ status }) => usable(status) || this.wanted.preparedQuery)).map(
      ({ endpoint }) => endpoint,
    );
  }

  private async withoutConsul(failed: Watch<Entries>): Promise<void> {
    this.away = true;
    if (!this.seeded && this.list.endpoints.length === 0) {
      this.seeded = true;
      const saved = await this.lastGood?.load(this.key);
      if (saved !== undefined) this.list.seed(saved.endpoints, this.nowMs);
    }
    const { endpoints } = this.list;
    const why = failed.state.error?.message ?? "Consul cannot be asked";
    const reason =
      endpoints.length === 0 ? `${why}; no earlier list of "${this.wanted.service}" is known` : `${why}; using the last good list`;
    this.tell({ endpoints, freshness: "stale", reason });
  }

  private async registeredIds(): Promise<ReadonlySet<string> | undefined> {
    const all = await this.everybody();
    return all === undefined ? undefined : new Set(all.map((entry) => listedOf(entry).endpoint.id));
  }

  private async whyNobody(entries: Entries): Promise<string> {
    const all = (await this.everybody()) ?? entries;
    return nobodyHealthy(this.wanted.service, all.map(listedOf), all);
  }

  private async everybody(): Promise<Entries | undefined> {
    const { service, datacenters, ns, partition } = this.wanted;
    if (this.wanted.preparedQuery) return undefined;
    const options = {
      signal: this.ended.signal,
      timeoutMs: ASK_MS_MAX,
      ...this.readOptions,
      ...defined({ dc: datacenters[0], ns, partition }),
    };
    try {
      return await this.consul.health.service(service, options);
    } catch {
      // Consul went away in between: the watch says so next
      return undefined;
    }
  }

  private tell(believed: Resolution): void {
    const serviceConfig = this.policy?.configFor(believed.endpoints);
    const endpoints = this.policy?.weighted(believed.endpoints) ?? believed.endpoints;
    const resolution = { ...believed, endpoints, ...defined({ serviceConfig }) };
    const text = JSON.stringify(resolution);
    if (text === this.told || this.ended.signal.aborted) return;
    this.told = text;
    this.results.set(resolution);
  }

  private wakeAt(atMs: number): void {
    this.cancelLook?.();
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.cancelLook = this.clock.after(Math.max(1, atMs - this.nowMs), () => this.look(), true);
  }

  private saveSoon(): void {
    if (this.lastGood === undefined || this.cancelSave !== undefined) return;
    const save = (): void => {
      this.cancelSave = undefined;
      void this.lastGood?.save(this.key, { savedAtMs: this.clock.wallMs(), endpoints: this.list.endpoints });
    };
    this.cancelSave = this.clock.after(SAVE_INTERVAL_MS, save, true);
  }

  private get key(): string {
    return `${this.consul.address} ${this.target.text}`;
  }

  private get nowMs(): number {
    return this.clock.nowMs();
  }

  private get clock(): Clock {
    return this.consul.requester.clock;
  }
}

/** A prepared query's watch, seen as the watch of its nodes. */
function executed(query: Watch<{ readonly Nodes: Entries }>): Watch<Entries> {
  return {
    get current() {
      return query.current?.Nodes;
    },
    get state() {
      return query.state;
    },
    close: () => query.close(),
    [Symbol.asyncDispose]: () => query[Symbol.asyncDispose](),
    async *[Symbol.asyncIterator]() {
      for await (const { Nodes } of query) yield Nodes;
    },
  };
}

function defined<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
