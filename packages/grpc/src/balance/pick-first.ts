import type { Balancer, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { withTraffic } from "./weight.js";

/** Every call to one member for as long as it may be used, then to the first of the list: what gRPC does when nobody asks for more. */
export function pickFirst(): BalancerFactory {
  return () => new PickFirst();
}

class PickFirst implements Balancer {
  private members: readonly Member[] = [];
  private current = 0;

  update(members: readonly Member[]): void {
    const before = this.members[this.current];
    this.members = withTraffic(members);
    this.current = before === undefined ? 0 : Math.max(0, this.members.indexOf(before));
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    return excluded === undefined ? this.members[this.current] : firstAllowed(this.members, this.current, excluded);
  }

  close(): void {
    this.members = [];
  }
}
