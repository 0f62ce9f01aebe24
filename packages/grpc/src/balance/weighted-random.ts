import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { weightOf } from "./weight.js";

const REDRAWS_MAX = 4;

/**
 * Each member with a probability in proportion to its weight, in constant time:
 * Walker's alias method (1977) with Vose's linear construction ("A Linear
 * Algorithm for Generating Random Numbers with a Given Distribution", 1991).
 */
export function weightedRandom(): BalancerFactory {
  return (environment) => new WeightedRandom(environment);
}

class WeightedRandom implements Balancer {
  private readonly chance: () => number;
  private members: readonly Member[] = [];
  /** A column keeps its own member below this fraction and gives its alias above. */
  private keep: Float64Array = new Float64Array(0);
  private alias: Int32Array = new Int32Array(0);

  constructor(environment: BalancerEnvironment) {
    this.chance = environment.random;
  }

  update(members: readonly Member[]): void {
    const weighted = members.filter((member) => weightOf(member) > 0);
    const total = weighted.reduce((sum, member) => sum + weightOf(member), 0);
    const count = weighted.length;
    this.members = weighted;
    this.keep = Float64Array.from(weighted, (member) => (weightOf(member) * count) / total);
    this.alias = Int32Array.from(weighted, (_, place) => place);
    const small: number[] = [];
    const large: number[] = [];
    for (let place = 0; place < count; place++) ((this.keep[place] as number) < 1 ? small : large).push(place);
    while (small.length > 0 && large.length > 0) {
      const under = small.pop() as number;
      const over = large[large.length - 1] as number;
      this.alias[under] = over;
      this.keep[over] = (this.keep[over] as number) - (1 - (this.keep[under] as number));
      if ((this.keep[over] as number) < 1) small.push(large.pop() as number);
    }
    // What rounding has left over is full.
    for (const place of [...small, ...large]) this.keep[place] = 1;
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const at = this.draw();
    if (excluded === undefined) return this.members[at];
    let place = at;
    for (let redraw = 0; redraw < REDRAWS_MAX; redraw++) {
      if (!excluded.has(this.members[place] as Member)) break;
      place = this.draw();
    }
    return firstAllowed(this.members, place, excluded);
  }

  close(): void {
    this.members = [];
  }

  private draw(): number {
    const draw = this.chance() * this.members.length;
    const column = draw | 0;
    return draw - column < (this.keep[column] as number) ? column : (this.alias[column] as number);
  }
}
