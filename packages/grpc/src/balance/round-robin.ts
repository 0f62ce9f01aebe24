import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { withTraffic } from "./weight.js";

/**
 * One after the other. Starts at a random member, so that many clients that
 * start together do not all call the same one first (as grpc-go's round_robin),
 * and goes on where it stood when members come or go.
 */
export function roundRobin(): BalancerFactory {
  return (environment) => new RoundRobin(environment);
}

class RoundRobin implements Balancer {
  private readonly chance: () => number;
  private members: readonly Member[] = [];
  private next = -1;

  constructor(environment: BalancerEnvironment) {
    this.chance = environment.random;
  }

  update(members: readonly Member[]): void {
    const before = this.members;
    const next = this.next;
    this.members = withTraffic(members);
    if (before.length === 0) this.next = (this.chance() * this.members.length) | 0;
    else this.next = this.placeOfFirstSurvivor(before, next);
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const members = this.members;
    let at = this.next;
    if (at >= members.length) at = 0;
    this.next = at + 1;
    const member = members[at];
    if (excluded === undefined || member === undefined || !excluded.has(member)) return member;
    return firstAllowed(members, at, excluded);
  }

  close(): void {
    this.members = [];
  }

  /** Where the member that was next, or the first after it that is still there, stands now. */
  private placeOfFirstSurvivor(before: readonly Member[], next: number): number {
    const places = new Map<Member, number>();
    this.members.forEach((member, place) => {
      places.set(member, place);
    });
    for (let step = 0; step < before.length; step++) {
      const place = places.get(before[(next + step) % before.length] as Member);
      if (place !== undefined) return place;
    }
    return 0;
  }
}
