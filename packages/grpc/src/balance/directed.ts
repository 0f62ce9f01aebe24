import type { Balancer, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";
import { leastLoaded } from "./least-loaded.js";

/** Request metadata that names the endpoint (its id) a call must go to. */
export const ENDPOINT_HEADER = "consulrpc-endpoint";

/** A policy whose callers may choose: what fan-out needs. */
export interface Directed {
  readonly factory: BalancerFactory;
  /** Ids of the endpoints that may be used now, of the channel that uses `factory`. */
  readonly endpoints: () => readonly string[];
}

/**
 * Sends a call that names an endpoint in its metadata to that endpoint (to
 * nobody when it is gone: such a call must not land elsewhere), and leaves all
 * others to `child`. Broadcast and forking are built on it. One use per channel.
 */
export function directed(child: BalancerFactory = leastLoaded()): Directed {
  let current: DirectedBalancer | undefined;
  const factory: BalancerFactory = (environment) => {
    current = new DirectedBalancer(child(environment));
    return current;
  };
  return { factory, endpoints: () => current?.ids ?? [] };
}

class DirectedBalancer implements Balancer {
  ids: readonly string[] = [];
  private readonly child: Balancer;
  private byId = new Map<string, Member>();

  constructor(child: Balancer) {
    this.child = child;
  }

  update(members: readonly Member[], all?: readonly Member[]): void {
    this.byId = new Map(members.filter((member) => !(member.weight <= 0)).map((member) => [member.endpoint.id, member]));
    this.ids = [...this.byId.keys()];
    this.child.update(members, all);
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const id = call.metadata === undefined || call.metadata.size === 0 ? undefined : call.metadata.get(ENDPOINT_HEADER);
    return typeof id === "string" ? this.byId.get(id) : this.child.pick(call, excluded);
  }

  finished(member: Member, outcome: Outcome): void {
    this.child.finished?.(member, outcome);
  }

  close(): void {
    this.byId.clear();
    this.ids = [];
    this.child.close();
  }
}
