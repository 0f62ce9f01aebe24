import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { weightOf } from "./weight.js";

/**
 * Weighted random by counting down: drawn in proportion to what is left of the
 * weights, each pick takes one from its member's, and when all are at 0 all
 * start again. Random in order, exact over a cycle. Sums of what is left stand
 * in a Fenwick tree (Fenwick, 1994): a pick costs log n. Weights are whole, at least 1.
 */
export function decrementingRandom(): BalancerFactory {
  return (environment) => new DecrementingRandom(environment);
}

function wholeWeight(member: Member): number {
  return Math.max(1, Math.round(weightOf(member)));
}

class DecrementingRandom implements Balancer {
  private readonly chance: () => number;
  private members: readonly Member[] = [];
  private left: Float64Array = new Float64Array(0);
  private sums: Float64Array = new Float64Array(1);
  private total = 0;

  constructor(environment: BalancerEnvironment) {
    this.chance = environment.random;
  }

  update(members: readonly Member[]): void {
    const before = new Map<Member, number>();
    this.members.forEach((member, place) => {
      before.set(member, this.left[place] as number);
    });
    this.members = members.filter((member) => weightOf(member) > 0);
    this.left = Float64Array.from(this.members, (member) => Math.min(before.get(member) ?? wholeWeight(member), wholeWeight(member)));
    this.sums = new Float64Array(this.members.length + 1);
    this.build();
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    if (this.members.length === 0) return undefined;
    if (this.total === 0) this.startCycle();
    const place = this.find((this.chance() * this.total) | 0);
    this.takeOne(place);
    const member = this.members[place];
    if (excluded === undefined || member === undefined || !excluded.has(member)) return member;
    return firstAllowed(this.members, place, excluded);
  }

  close(): void {
    this.members = [];
  }

  private startCycle(): void {
    this.members.forEach((member, place) => {
      this.left[place] = wholeWeight(member);
    });
    this.build();
  }

  private build(): void {
    const { sums, left } = this;
    sums.fill(0);
    this.total = 0;
    for (let at = 1; at < sums.length; at++) {
      const value = left[at - 1] as number;
      this.total += value;
      sums[at] = (sums[at] as number) + value;
      const parent = at + (at & -at);
      if (parent < sums.length) sums[parent] = (sums[parent] as number) + (sums[at] as number);
    }
  }

  /** The member that the `rank`th unit of what is left belongs to. */
  private find(rank: number): number {
    const { sums } = this;
    let place = 0;
    let before = rank;
    for (let step = 1 << (31 - Math.clz32(sums.length - 1)); step > 0; step >>= 1) {
      const next = place + step;
      if (next >= sums.length || (sums[next] as number) > before) continue;
      place = next;
      before -= sums[next] as number;
    }
    return Math.min(place, this.members.length - 1);
  }

  private takeOne(place: number): void {
    this.left[place] = (this.left[place] as number) - 1;
    this.total--;
    for (let at = place + 1; at < this.sums.length; at += at & -at) this.sums[at] = (this.sums[at] as number) - 1;
  }
}
