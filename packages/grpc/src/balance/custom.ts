import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { withTraffic } from "./weight.js";

/** Chooses one of `members`, which is never empty and holds no excluded member while there is another. Anything else than one of them is an error. */
export type Choose = (members: readonly Member[], call: PickContext, environment: BalancerEnvironment) => Member;

/** A policy from one function. It is called for every pick and should allocate nothing; a policy with state of its own implements Balancer. */
export function custom(choose: Choose): BalancerFactory {
  if (typeof choose !== "function") throw new TypeError("custom() takes a function (members, call, environment) => member");
  return (environment) => new Custom(environment, choose);
}

class Custom implements Balancer {
  private readonly environment: BalancerEnvironment;
  private readonly choose: Choose;
  private members: readonly Member[] = [];

  constructor(environment: BalancerEnvironment, choose: Choose) {
    this.environment = environment;
    this.choose = choose;
  }

  update(members: readonly Member[]): void {
    this.members = withTraffic(members);
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    if (this.members.length === 0) return undefined;
    if (excluded === undefined) return this.choose(this.members, call, this.environment);
    return this.chooseAllowed(call, excluded);
  }

  close(): void {
    this.members = [];
  }

  /** On its own: a closure in pick would cost every pick its context. */
  private chooseAllowed(call: PickContext, excluded: ReadonlySet<Member>): Member {
    const left = this.members.filter((member) => !excluded.has(member));
    return this.choose(left.length === 0 ? this.members : left, call, this.environment);
  }
}
