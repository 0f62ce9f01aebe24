import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { KeyHeap } from "./key-heap.js";
import { numberOption } from "./options.js";
import { weightOf, withTraffic } from "./weight.js";

export interface LeastActiveOptions {
  /** Compare only this many members drawn at random (Envoy's least request with 2). @default all of them, through a heap */
  readonly choices?: number;
}

/** Stale keys at the top of the heap that one pick puts right; the rest waits for the next pick. */
const CORRECTIONS_MAX = 8;

/**
 * The member with the fewest calls in flight for its weight; the one unused for
 * longest among equals, in an order of each client's own (Dubbo's leastactive, Envoy's least request). Exact, unlike two
 * choices, and so all clients that share a view rush to the same idle member:
 * prefer leastLoaded() where there are many clients.
 */
export function leastActive(options: LeastActiveOptions = {}): BalancerFactory {
  const choices = numberOption("leastActive.choices", options.choices, 0, { min: 2, max: 64, integer: true });
  return (environment) => (choices === 0 ? new LeastActive(environment) : new LeastOfChoices(environment, choices));
}

function cost(member: Member): number {
  return (member.inFlight + 1) / weightOf(member);
}

/** cost(one) < cost(other), without a double that would go to the heap. */
function isLess(one: Member, other: Member): boolean {
  return (one.inFlight + 1) * weightOf(other) < (other.inFlight + 1) * weightOf(one);
}

class LeastActive implements Balancer {
  private readonly chance: () => number;
  private members: readonly Member[] = [];
  private slots = new Map<Member, number>();
  private readonly heap = new KeyHeap();
  private picks = 0.5;

  constructor(environment: BalancerEnvironment) {
    this.chance = environment.random;
  }

  update(members: readonly Member[]): void {
    this.members = withTraffic(members);
    this.slots = new Map(this.members.map((member, slot) => [member, slot]));
    this.heap.reset(this.members.length);
    this.members.forEach((member, slot) => {
      this.heap.key[slot] = cost(member);
      this.heap.tie[slot] = this.chance() - 1;
    });
    this.heap.heapify();
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const heap = this.heap;
    let slot = heap.first();
    if (slot < 0) return undefined;
    // The channel counts calls, the heap learns of it at picks and ends: what it shows first is checked.
    for (let correction = 0; correction < CORRECTIONS_MAX; correction++) {
      const actual = cost(this.members[slot] as Member);
      if (actual === heap.key[slot]) break;
      heap.key[slot] = actual;
      heap.changed(slot);
      slot = heap.first();
    }
    if (excluded !== undefined) slot = this.firstAllowed(excluded);
    const member = this.members[slot] as Member;
    heap.key[slot] = (member.inFlight + 2) / weightOf(member);
    this.picks += 1;
    heap.tie[slot] = this.picks;
    heap.changed(slot);
    return member;
  }

  finished(member: Member): void {
    const slot = this.slots.get(member);
    if (slot === undefined) return;
    this.heap.key[slot] = cost(member);
    this.heap.changed(slot);
  }

  close(): void {
    this.update([]);
  }

  /** On its own: a closure in pick would cost every pick its context. */
  private firstAllowed(excluded: ReadonlySet<Member>): number {
    const allowed = this.heap.firstWhere((slot) => !excluded.has(this.members[slot] as Member));
    return allowed < 0 ? this.heap.first() : allowed;
  }
}

class LeastOfChoices implements Balancer {
  private readonly chance: () => number;
  private readonly choices: number;
  private members: readonly Member[] = [];

  constructor(environment: BalancerEnvironment, choices: number) {
    this.chance = environment.random;
    this.choices = choices;
  }

  update(members: readonly Member[]): void {
    this.members = withTraffic(members);
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const members = this.members;
    let best: Member | undefined;
    for (let choice = 0; choice < this.choices; choice++) {
      const member = members[(this.chance() * members.length) | 0];
      if (member === undefined || excluded?.has(member) === true) continue;
      if (best === undefined || isLess(member, best)) best = member;
    }
    if (best !== undefined || members.length === 0) return best;
    return excluded === undefined ? members[0] : firstAllowed(members, 0, excluded);
  }

  close(): void {
    this.members = [];
  }
}
