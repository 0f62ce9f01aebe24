import type { Balancer, BalancerFactory, Member, PickContext } from "./balancer.js";
import { WeightedSchedule } from "./weighted-schedule.js";

/**
 * Weighted round robin: over a cycle of as many picks as the weights add up to
 * every member is picked exactly its weight, as far apart as can be (5, 1, 1
 * gives A A B A C A A). A changed weight counts from the next pick on, without
 * a jump: what a member is owed, or has had too much, is carried over.
 */
export function weightedRoundRobin(): BalancerFactory {
  return () => new WeightedRoundRobin();
}

class WeightedRoundRobin implements Balancer {
  private readonly schedule = new WeightedSchedule();

  update(members: readonly Member[]): void {
    this.schedule.update(members);
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    return this.schedule.next(excluded);
  }

  close(): void {
    this.schedule.update([]);
  }
}
