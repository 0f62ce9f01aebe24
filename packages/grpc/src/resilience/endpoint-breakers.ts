import type { Balancer, BalancerEnvironment, BalancerFactory, Member, Outcome, PickContext } from "../balance/balancer.js";
import { isMemberFault } from "../balance/fault.js";
import { leastLoaded } from "../balance/least-loaded.js";
import { Code } from "../call/code.js";
import { Breaker, type BreakerOptions } from "./breaker.js";
import type { ResilienceListener } from "./guard.js";

export interface EndpointBreakersOptions extends BreakerOptions {
  /** @default leastLoaded() */
  readonly child?: BalancerFactory;
  readonly onEvent?: ResilienceListener;
}

/** Other members that a pick asks for when the first one's breaker refuses. */
const ASKED_MAX = 4;

/**
 * A circuit breaker for each endpoint: a member whose breaker is open is passed
 * over, a half-open one gets its probes. When all that were asked refuse, the
 * call goes to the first of them: a breaker protects one endpoint, it never fails a call.
 */
export function endpointBreakers(options: EndpointBreakersOptions = {}): BalancerFactory {
  const { child = leastLoaded(), onEvent, ...breaker } = options;
  new Breaker(breaker); // Bad options throw here, not at the first member.
  return (environment) => new EndpointBreakers(environment, child(environment), breaker, onEvent);
}

class EndpointBreakers implements Balancer {
  private readonly environment: BalancerEnvironment;
  private readonly child: Balancer;
  private readonly options: BreakerOptions;
  private readonly onEvent: ResilienceListener | undefined;
  private breakers = new Map<Member, Breaker>();
  /** Members whose breaker is not closed; with none, a pick is the child's. */
  private troubled = 0;

  constructor(environment: BalancerEnvironment, child: Balancer, options: BreakerOptions, onEvent: ResilienceListener | undefined) {
    this.environment = environment;
    this.child = child;
    this.options = options;
    this.onEvent = onEvent;
  }

  update(members: readonly Member[], all: readonly Member[] = members): void {
    const breakers = new Map<Member, Breaker>();
    for (const group of [all, members]) {
      for (const member of group) {
        breakers.set(member, this.breakers.get(member) ?? new Breaker(this.options, member.endpoint.id, this.onEvent));
      }
    }
    this.breakers = breakers;
    this.countTroubled();
    this.child.update(members, all);
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const first = this.child.pick(call, excluded);
    if (this.troubled === 0 || first === undefined) return first;
    const nowMs = this.environment.nowMs();
    if (this.admits(first, nowMs)) return first;
    const asked = new Set(excluded).add(first);
    for (let turn = 1; turn < ASKED_MAX; turn++) {
      const member = this.child.pick(call, asked);
      if (member === undefined || asked.has(member)) break;
      if (this.admits(member, nowMs)) return member;
      asked.add(member);
    }
    return first;
  }

  finished(member: Member, outcome: Outcome): void {
    this.child.finished?.(member, outcome);
    const breaker = this.breakers.get(member);
    if (breaker === undefined || outcome.error?.code === Code.CANCELLED) return;
    const before = breaker.state;
    breaker.done(this.environment.nowMs(), isMemberFault(outcome.error));
    if (breaker.state !== before) this.countTroubled();
  }

  close(): void {
    this.breakers.clear();
    this.child.close();
  }

  private admits(member: Member, nowMs: number): boolean {
    return this.breakers.get(member)?.admit(nowMs) !== false;
  }

  private countTroubled(): void {
    this.troubled = 0;
    for (const breaker of this.breakers.values()) if (breaker.state !== "closed") this.troubled++;
  }
}
