import type { Balancer, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { weightOf } from "./weight.js";

/**
 * Weighted round robin by counting down: members take turns, each pick takes
 * one from its member's current weight, a member at 0 sits out, and when all
 * are at 0 all start again. Exact over a cycle, as weightedRoundRobin(), but
 * heavy members end up in a row at its end. Weights below 1 count as 1, broken
 * ones are rounded; weight 0 takes no traffic and never holds the cycle up.
 */
export function decrementingRoundRobin(): BalancerFactory {
  return () => new DecrementingRoundRobin();
}

function wholeWeight(member: Member): number {
  const weight = weightOf(member);
  return weight === 0 ? 0 : Math.max(1, Math.round(weight));
}

class DecrementingRoundRobin implements Balancer {
  private members: readonly Member[] = [];
  /** What is left of each member's weight, by its place in `members`. */
  private left: Float64Array = new Float64Array(0);
  /** Places of the members that still have turns, in order; `cursor` is whose turn it is. */
  private waiting: Int32Array = new Int32Array(0);
  private waitingCount = 0;
  private cursor = 0;

  update(members: readonly Member[]): void {
    const before = new Map<Member, number>();
    this.members.forEach((member, place) => {
      before.set(member, this.left[place] as number);
    });
    this.members = members.filter((member) => wholeWeight(member) > 0);
    this.left = Float64Array.from(this.members, (member) => Math.min(before.get(member) ?? wholeWeight(member), wholeWeight(member)));
    this.waiting = new Int32Array(this.members.length);
    this.queue();
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    if (this.members.length === 0) return undefined;
    if (this.waitingCount === 0) this.startCycle();
    if (excluded === undefined) return this.members[this.turn()];
    const member = this.members[this.turn()] as Member;
    return excluded.has(member) ? firstAllowed(this.members, this.members.indexOf(member), excluded) : member;
  }

  close(): void {
    this.members = [];
  }

  private turn(): number {
    if (this.cursor >= this.waitingCount) {
      this.dropSpent();
      this.cursor = 0;
    }
    const place = this.waiting[this.cursor] as number;
    this.cursor++;
    this.left[place] = (this.left[place] as number) - 1;
    if (this.cursor === this.waitingCount) {
      this.dropSpent();
      this.cursor = 0;
    }
    return place;
  }

  /** Once a round: members whose turns are used up leave, the rest keep their order. */
  private dropSpent(): void {
    let kept = 0;
    for (let at = 0; at < this.waitingCount; at++) {
      const place = this.waiting[at] as number;
      if ((this.left[place] as number) > 0) this.waiting[kept++] = place;
    }
    this.waitingCount = kept;
  }

  private startCycle(): void {
    this.members.forEach((member, place) => {
      this.left[place] = wholeWeight(member);
    });
    this.queue();
  }

  private queue(): void {
    for (let place = 0; place < this.members.length; place++) this.waiting[place] = place;
    this.waitingCount = this.members.length;
    this.cursor = 0;
    this.dropSpent();
  }
}
