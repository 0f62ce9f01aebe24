import { Code } from "../call/code.js";
import type { Balancer, BalancerEnvironment, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";
import { isMemberFault } from "./fault.js";
import { numberOption } from "./options.js";
import { weightOf, withTraffic } from "./weight.js";

export interface LeastLoadedOptions {
  /** How fast an old latency is forgotten: after this long without news it counts less than half. @default 10_000 */
  readonly decayMs?: number;
  /** A call that failed by the member's fault counts as at least this slow, or failing fast would look like being quick. @default 1_000 */
  readonly failureLatencyMs?: number;
}

/**
 * Power of two choices with peak EWMA: of two members drawn at random, the one
 * with the smaller latency x (calls in flight + 1) / weight. Latency jumps to a
 * peak at once and falls back slowly. Two choices: Mitzenmacher, "The Power of
 * Two Choices in Randomized Load Balancing" (2001); peak EWMA: Finagle's
 * load balancer of that name. The right default where members are not equal.
 */
export function leastLoaded(options: LeastLoadedOptions = {}): BalancerFactory {
  const decayMs = numberOption("leastLoaded.decayMs", options.decayMs, 10_000, { min: 0, exclusive: true });
  const failureLatencyMs = numberOption("leastLoaded.failureLatencyMs", options.failureLatencyMs, 1_000, { min: 0 });
  return (environment) => new LeastLoaded(environment, decayMs, failureLatencyMs);
}

/** A member that has not answered yet and has calls in flight costs this much: it is tried by one call at a time. */
const UNKNOWN_LATENCY_MS = 1e9;
/** Draws of a pair before a retry takes any member that is not excluded. */
const REDRAWS_MAX = 4;

class Load {
  /** -1 until the first answer; then a double for good, so that writing it allocates nothing. */
  peakMs = -1.5;
  stampMs = 0.5;
  inverseWeight = 1.5;
  readonly member: Member;

  constructor(member: Member) {
    this.member = member;
  }
}

class LeastLoaded implements Balancer {
  private readonly environment: BalancerEnvironment;
  private readonly chance: () => number;
  private readonly decayMs: number;
  private readonly failureLatencyMs: number;
  private byMember = new Map<Member, Load>();
  private loads: Load[] = [];
  /** The time of the last news. A pick reads no clock: whatever it compares was learned then. */
  private nowMs = 0.5;

  constructor(environment: BalancerEnvironment, decayMs: number, failureLatencyMs: number) {
    this.environment = environment;
    this.chance = environment.random;
    this.decayMs = decayMs;
    this.failureLatencyMs = failureLatencyMs;
  }

  update(members: readonly Member[]): void {
    const byMember = new Map<Member, Load>();
    for (const member of withTraffic(members)) {
      const load = this.byMember.get(member) ?? new Load(member);
      load.inverseWeight = 1 / weightOf(member);
      byMember.set(member, load);
    }
    this.byMember = byMember;
    this.loads = [...byMember.values()];
    this.nowMs = this.environment.nowMs();
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const loads = this.loads;
    const count = loads.length;
    if (count < 2) return loads[0]?.member;
    // One draw for both: the whole part is the first, the fraction gives the second among the others.
    const draw = this.chance() * count;
    const first = draw | 0;
    let second = ((draw - first) * (count - 1)) | 0;
    if (second >= first) second++;
    const one = loads[first] as Load;
    const other = loads[second] as Load;
    if (excluded !== undefined) return this.pickAllowed(excluded);
    return this.cost(one) <= this.cost(other) ? one.member : other.member;
  }

  finished(member: Member, outcome: Outcome): void {
    const load = this.byMember.get(member);
    if (load === undefined) return;
    const nowMs = this.environment.nowMs();
    this.nowMs = nowMs;
    let latencyMs = outcome.latencyMs;
    const faulty = isMemberFault(outcome.error);
    if (faulty) latencyMs = Math.max(latencyMs, this.failureLatencyMs);
    const cancelled = outcome.error?.code === Code.CANCELLED;
    const kept = Math.exp(-(nowMs - load.stampMs) / this.decayMs);
    // A cancelled call says "at least this long", never "this quick".
    if (load.peakMs < 0 ? cancelled : cancelled && latencyMs < load.peakMs) return;
    load.peakMs = latencyMs > load.peakMs ? latencyMs : load.peakMs * kept + latencyMs * (1 - kept);
    load.stampMs = nowMs;
  }

  close(): void {
    this.loads = [];
    this.byMember.clear();
  }

  /** Decays by 1 / (1 + x + x^2/2), which follows e^-x closely where it matters and costs a tenth of it. */
  private cost(load: Load): number {
    const inFlight = load.member.inFlight;
    const peakMs = load.peakMs;
    if (peakMs < 0) return inFlight === 0 ? 0 : UNKNOWN_LATENCY_MS * inFlight * load.inverseWeight;
    const age = (this.nowMs - load.stampMs) / this.decayMs;
    return ((peakMs + 1e-6) * (inFlight + 1) * load.inverseWeight) / (1 + age + 0.5 * age * age);
  }

  private pickAllowed(excluded: ReadonlySet<Member>): Member | undefined {
    const loads = this.loads;
    let best: Load | undefined;
    for (let draw = 0; draw < 2 * REDRAWS_MAX; draw++) {
      const load = loads[(this.chance() * loads.length) | 0] as Load;
      if (excluded.has(load.member)) continue;
      if (best !== undefined) return this.cost(load) < this.cost(best) ? load.member : best.member;
      best = load;
    }
    if (best !== undefined) return best.member;
    for (const load of loads) if (!excluded.has(load.member)) return load.member;
    return loads[(this.chance() * loads.length) | 0]?.member;
  }
}
