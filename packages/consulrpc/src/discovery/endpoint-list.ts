import type { Endpoint } from "@consulrpc/grpc";

/** How much a list from Consul is believed. Every window is bounded; 0 turns its rule off. */
export interface BeliefOptions {
  /** After Consul was unreachable (it may have come back with an empty catalog), absent instances are kept this long. @default 30000 */
  readonly recoveryMs?: number;
  /** When more than half of at least three instances turn critical at once, they are kept this long. @default 10000 */
  readonly doubtMs?: number;
  /** An instance that came back three times within this window must stay for `flapHoldMs` before it is used again. @default 30000 */
  readonly flapWindowMs?: number;
  /** @default 5000 */
  readonly flapHoldMs?: number;
}

const RECOVERY_MS = 30_000;
const DOUBT_MS = 10_000;
const FLAP_WINDOW_MS = 30_000;
const FLAP_HOLD_MS = 5_000;
/** Returns within the window that make an instance a flapping one. */
export const FLAP_RETURNS = 3;
/** Smaller lists are believed whatever they say: one of two is no majority to doubt. */
export const DOUBT_INSTANCES_MIN = 3;

export interface Observation {
  readonly nowMs: number;
  /** Who may be called, by Consul's word. */
  readonly healthy: readonly Endpoint[];
  /** Ids of all that are registered, healthy or not; undefined: not asked. */
  readonly registered: ReadonlySet<string> | undefined;
}

/** One instance's history, kept as long as it matters. */
interface Memory {
  readonly returnsAtMs: number[];
  /** Listed without a break since. */
  sinceMs: number;
}

/**
 * Turns what Consul lists into what is used. Pure: time comes in.
 *
 * A removal is believed at once, also that of the last instance, with two exceptions, both of which leave the judgement
 * to the instance's own connection for a bounded time: (1) Consul was out of reach a moment ago: a registry that came
 * back empty says nothing about servers; (2) a majority turned critical at once while still registered: more often the
 * checker is ill than everything it checks. A deregistration is somebody's decision and is never doubted.
 */
export class EndpointList {
  private readonly recoveryMs: number;
  private readonly doubtMs: number;
  private readonly flapWindowMs: number;
  private readonly flapHoldMs: number;
  private used = new Map<string, Endpoint>();
  /** Kept against Consul's word, until when. */
  private readonly keptUntilMs = new Map<string, number>();
  private readonly memories = new Map<string, Memory>();
  private listed = new Set<string>();
  private troubledUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: BeliefOptions = {}) {
    this.recoveryMs = options.recoveryMs ?? RECOVERY_MS;
    this.doubtMs = options.doubtMs ?? DOUBT_MS;
    this.flapWindowMs = options.flapWindowMs ?? FLAP_WINDOW_MS;
    this.flapHoldMs = options.flapHoldMs ?? FLAP_HOLD_MS;
  }

  get endpoints(): readonly Endpoint[] {
    return [...this.used.values()];
  }

  /** Starts from a list that was saved before. */
  seed(endpoints: readonly Endpoint[], nowMs: number): void {
    this.used = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    this.troubled(nowMs);
  }

  /** Consul cannot be asked (any more). Called again and again while it lasts. */
  troubled(nowMs: number): void {
    this.troubledUntilMs = nowMs + this.recoveryMs;
  }

  /** True: `registered` decides about this observation, so it is worth asking for. */
  wantsRegistered(healthy: readonly Endpoint[]): boolean {
    return this.doubtMs > 0 && this.isMajority(this.missingFrom(healthy));
  }

  /** Takes a list in; returns when to look again (Infinity: not before Consul says something). */
  observe({ nowMs, healthy, registered }: Observation): number {
    const missing = this.missingFrom(healthy);
    const recovering = nowMs < this.troubledUntilMs;
    const majority = this.isMajority(missing);
    const next = new Map<string, Endpoint>();
    this.remember(healthy, nowMs);
    let wakeAtMs = Number.POSITIVE_INFINITY;
    for (const endpoint of healthy) {
      this.keptUntilMs.delete(endpoint.id);
      const readyAtMs = this.readyAtMs(endpoint.id, nowMs);
      if (readyAtMs <= nowMs || this.used.has(endpoint.id)) next.set(endpoint.id, endpoint);
      else wakeAtMs = Math.min(wakeAtMs, readyAtMs);
    }
    const addresses = new Set(healthy.map(({ address }) => address));
    for (const endpoint of missing) {
      // somebody else is at its address now, or it came back under another id
      if (addresses.has(endpoint.address)) continue;
      if (!this.keptUntilMs.has(endpoint.id)) {
        const doubted = majority && registered?.has(endpoint.id) === true;
        const untilMs = recovering ? this.troubledUntilMs : doubted ? nowMs + this.doubtMs : nowMs;
        this.keptUntilMs.set(endpoint.id, untilMs);
      }
      const untilMs = this.keptUntilMs.get(endpoint.id)!;
      if (untilMs > nowMs) {
        next.set(endpoint.id, endpoint);
        wakeAtMs = Math.min(wakeAtMs, untilMs);
      } else this.keptUntilMs.delete(endpoint.id);
    }
    // better a flapping instance than none
    if (next.size === 0) for (const endpoint of healthy) next.set(endpoint.id, endpoint);
    this.used = next;
    this.forget(nowMs);
    return wakeAtMs;
  }

  private missingFrom(healthy: readonly Endpoint[]): Endpoint[] {
    const ids = new Set(healthy.map(({ id }) => id));
    return [...this.used.values()].filter(({ id }) => !ids.has(id));
  }

  private isMajority(missing: readonly Endpoint[]): boolean {
    return this.used.size >= DOUBT_INSTANCES_MIN && missing.length * 2 > this.used.size;
  }

  private remember(healthy: readonly Endpoint[], nowMs: number): void {
    const ids = new Set(healthy.map(({ id }) => id));
    for (const id of ids) {
      if (this.listed.has(id)) continue;
      const memory = this.memories.get(id);
      if (memory === undefined) this.memories.set(id, { returnsAtMs: [], sinceMs: nowMs });
      else {
        memory.returnsAtMs.push(nowMs);
        if (memory.returnsAtMs.length > FLAP_RETURNS) memory.returnsAtMs.shift();
        memory.sinceMs = nowMs;
      }
    }
    this.listed = ids;
  }

  private readyAtMs(id: string, nowMs: number): number {
    const memory = this.memories.get(id);
    if (memory === undefined) return nowMs;
    const returns = memory.returnsAtMs.filter((atMs) => nowMs - atMs < this.flapWindowMs).length;
    return returns >= FLAP_RETURNS ? memory.sinceMs + this.flapHoldMs : nowMs;
  }

  /** What is not listed and came back too long ago to matter is forgotten, so memory is bounded by what flaps. */
  private forget(nowMs: number): void {
    for (const [id, memory] of this.memories) {
      const lastMs = memory.returnsAtMs.at(-1) ?? memory.sinceMs;
      if (!this.listed.has(id) && !this.used.has(id) && nowMs - lastMs > this.flapWindowMs) this.memories.delete(id);
    }
    for (const id of this.keptUntilMs.keys()) if (!this.used.has(id)) this.keptUntilMs.delete(id);
  }
}
