import type { Balancer, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";
import { leastLoaded } from "./least-loaded.js";
import { numberOption } from "./options.js";

export interface PanicOptions {
  /** Below this share of healthy members health is not believed any more, and all members are used. @default 0.5 */
  readonly threshold?: number;
  /** @default its metadata "health" is absent or "passing" */
  readonly healthy?: (member: Member) => boolean;
  /** @default leastLoaded() */
  readonly child?: BalancerFactory;
}

/**
 * Only healthy members, unless too few are left: then a wrong health check, or an
 * overload that health checks make worse, is likelier than so many failures at
 * once, and spreading over all hurts less than crushing the rest (Envoy's panic threshold).
 */
export function panic(options: PanicOptions = {}): BalancerFactory {
  const threshold = numberOption("panic.threshold", options.threshold, 0.5, { min: 0, max: 1 });
  const healthy = options.healthy ?? isPassing;
  const child = options.child ?? leastLoaded();
  return (environment) => new Panic(child(environment), threshold, healthy);
}

function isPassing(member: Member): boolean {
  const { health } = member.endpoint.metadata;
  return health === undefined || health === "passing";
}

class Panic implements Balancer {
  private readonly child: Balancer;
  private readonly threshold: number;
  private readonly healthy: (member: Member) => boolean;

  constructor(child: Balancer, threshold: number, healthy: (member: Member) => boolean) {
    this.child = child;
    this.threshold = threshold;
    this.healthy = healthy;
  }

  update(members: readonly Member[], all: readonly Member[] = members): void {
    const healthy = members.filter(this.healthy);
    this.child.update(healthy.length < this.threshold * members.length || healthy.length === 0 ? members : healthy, all);
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    return this.child.pick(call, excluded);
  }

  finished(member: Member, outcome: Outcome): void {
    this.child.finished?.(member, outcome);
  }

  close(): void {
    this.child.close();
  }
}
