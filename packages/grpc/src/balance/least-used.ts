import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { KeyHeap } from "./key-heap.js";
import { choiceOption, numberOption } from "./options.js";
import { withTraffic } from "./weight.js";

export interface LeastUsedOptions {
  /** "total" counts calls since the member joined and draws among the least; "window" counts the last `windowMs` and takes the one unused for longest among the least. @default "total" */
  readonly count?: "total" | "window";
  /** @default 10_000 */
  readonly windowMs?: number;
}

/** Parts of a window: a count is at most a tenth of the window older than it says. */
const WINDOW_PARTS = 10;

/**
 * The member that was used least. A member that joins starts with the least
 * count of those present, or it would get every call until it had caught up.
 */
export function leastUsed(options: LeastUsedOptions = {}): BalancerFactory {
  const count = choiceOption("leastUsed.count", options.count, "total", ["total", "window"]);
  const windowMs = numberOption("leastUsed.windowMs", options.windowMs, 10_000, { min: 0, exclusive: true });
  return (environment) => new LeastUsed(environment, count === "window" ? windowMs : undefined);
}

class LeastUsed implements Balancer {
  private readonly environment: BalancerEnvironment;
  private readonly partMs: number | undefined;
  private members: readonly Member[] = [];
  private readonly heap = new KeyHeap();
  /** By part of the window, then by slot. */
  private parts: Uint32Array[] = [];
  private part = 0;
  private partEndsMs = 0;
  private uses = 0;

  constructor(environment: BalancerEnvironment, windowMs: number | undefined) {
    this.environment = environment;
    this.partMs = windowMs === undefined ? undefined : windowMs / WINDOW_PARTS;
  }

  update(members: readonly Member[]): void {
    const before = new Map<Member, number>();
    this.members.forEach((member, slot) => {
      before.set(member, slot);
    });
    const { key, tie } = this.heap;
    const parts = this.parts;
    const least = this.heap.size === 0 ? 0 : (key[this.heap.first()] as number);
    this.members = withTraffic(members);
    const slots = this.members.map((member) => before.get(member));
    const keys = slots.map((slot) => (slot === undefined ? least : (key[slot] as number)));
    const ties = slots.map((slot) => (slot === undefined ? this.newcomersTie() : (tie[slot] as number)));
    this.heap.reset(this.members.length);
    this.heap.key.set(keys);
    this.heap.tie.set(ties);
    if (this.partMs !== undefined) this.parts = this.carryParts(parts, slots, least);
    this.heap.heapify();
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const slot = excluded === undefined ? this.heap.first() : this.firstAllowed(excluded);
    if (slot < 0) return undefined;
    const { key, tie } = this.heap;
    key[slot] = (key[slot] as number) + 1;
    if (this.partMs === undefined) {
      tie[slot] = this.environment.random();
    } else {
      tie[slot] = ++this.uses;
      const part = this.parts[this.part] as Uint32Array;
      part[slot] = (part[slot] as number) + 1;
    }
    this.heap.changed(slot);
    return this.members[slot];
  }

  /** Moves the window; picks read no clock. */
  finished(): void {
    if (this.partMs === undefined) return;
    const nowMs = this.environment.nowMs();
    if (nowMs < this.partEndsMs) return;
    const passed = Math.min(WINDOW_PARTS, Math.ceil((nowMs - this.partEndsMs) / this.partMs));
    for (let step = 0; step < passed; step++) this.dropOldestPart();
    this.partEndsMs = nowMs + this.partMs;
    this.heap.heapify();
  }

  close(): void {
    this.update([]);
  }

  /** By chance among the least used, or before all that were used already. */
  private newcomersTie(): number {
    return this.partMs === undefined ? this.environment.random() : 0;
  }

  private firstAllowed(excluded: ReadonlySet<Member>): number {
    const allowed = this.heap.firstWhere((slot) => !excluded.has(this.members[slot] as Member));
    return allowed < 0 ? this.heap.first() : allowed;
  }

  private dropOldestPart(): void {
    this.part = (this.part + 1) % WINDOW_PARTS;
    const oldest = this.parts[this.part];
    if (oldest === undefined) return;
    const { key } = this.heap;
    for (let slot = 0; slot < oldest.length; slot++) key[slot] = (key[slot] as number) - (oldest[slot] as number);
    oldest.fill(0);
  }

  /** A newcomer's head start stands in the newest part, so that it leaves the window too. */
  private carryParts(parts: readonly Uint32Array[], slots: readonly (number | undefined)[], least: number): Uint32Array[] {
    return Array.from({ length: WINDOW_PARTS }, (_, at) =>
      Uint32Array.from(slots, (slot) => (slot === undefined ? (at === this.part ? least : 0) : (parts[at]?.[slot] ?? 0))),
    );
  }
}
