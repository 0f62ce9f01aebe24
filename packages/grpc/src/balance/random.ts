import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { QuickRandom } from "./quick-random.js";
import { withTraffic } from "./weight.js";

/** Draws before a retry gives up on chance and takes the next member in order. */
const REDRAWS_MAX = 4;

/** Every member with the same probability, call by call. The most loaded of n members after n calls has about ln n / ln ln n (Raab and Steger, 1998). */
export function random(): BalancerFactory {
  return (environment) => new Random(environment);
}

class Random implements Balancer {
  private readonly chance: QuickRandom;
  private members: readonly Member[] = [];

  constructor(environment: BalancerEnvironment) {
    this.chance = new QuickRandom(environment.random);
  }

  update(members: readonly Member[]): void {
    this.members = withTraffic(members);
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const members = this.members;
    const member = members[this.chance.below(members.length)];
    if (excluded === undefined || member === undefined || !excluded.has(member)) return member;
    return this.redraw(excluded);
  }

  close(): void {
    this.members = [];
  }

  private redraw(excluded: ReadonlySet<Member>): Member | undefined {
    let at = 0;
    for (let draw = 0; draw < REDRAWS_MAX; draw++) {
      at = this.chance.below(this.members.length);
      if (!excluded.has(this.members[at] as Member)) break;
    }
    return firstAllowed(this.members, at, excluded);
  }
}
