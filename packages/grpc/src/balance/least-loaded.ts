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

class LeastLoaded implements Balancer {
  private readonly environment: BalancerEnvironment;
  private readonly chance: () => number;
  private readonly decayMs: number;
  private readonly failureLatencyMs: number;
  private members: readonly Member[] = [];
  private slots = new Map<Member, number>();
  /** By slot: the latency, -1 until the first answer; when it was learned; 1 / weight. */
  private peakMs: Float64Array = new Float64Array(0);
  private stampMs: Float64Array = new Float64Array(0);
  private inverseWeight: Float64Array = new Float64Array(0);
  /** The time of the last news. A pick reads no clock: whatever it compares was learned then. */
  private nowMs = 0.5;

  constructor(environment: BalancerEnvironment, decayMs: number, failureLatencyMs: number) {
    this.environment = environment;
    this.chance = environment.random;
    this.decayMs = decayMs;
    this.failureLatencyMs = failureLatencyMs;
  }

  update(members: readonly Member[]): void {
    const { slots, peakMs, stampMs } = this;
    const known = (values: Float64Array, member: Member, absent: number): number => {
      const slot = slots.get(member);
      return slot === undefined ? absent : (values[slot] as number);
    };
    this.members = withTraffic(members);
    this.peakMs = Float64Array.from(this.members, (member) => known(peakMs, member, -1));
    this.stampMs = Float64Array.from(this.members, (member) => known(stampMs, member, 0));
    this.inverseWeight = Float64Array.from(this.members, (member) => 1 / weightOf(member));
    this.slots = new Map(this.members.map((member, slot) => [member, slot]));
    this.nowMs = this.environment.nowMs();
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const { members } = this;
    const count = members.length;
    if (count < 2) return members[0];
    if (excluded !== undefined) return this.pickAllowed(excluded);
    // One draw for both: the whole part is the first, the fraction gives the second among the others.
    const draw = this.chance() * count;
    const first = draw | 0;
    let second = ((draw - first) * (count - 1)) | 0;
    if (second >= first) second++;
    return members[this.isLess(first, second) ? first : second];
  }

  finished(member: Member, outcome: Outcome): void {
    const slot = this.slots.get(member);
    if (slot === undefined) return;
    const nowMs = this.environment.nowMs();
    this.nowMs = nowMs;
    let latencyMs = outcome.latencyMs;
    if (isMemberFault(outcome.error)) latencyMs = Math.max(latencyMs, this.failureLatencyMs);
    const cancelled = outcome.error?.code === Code.CANCELLED;
    const peakMs = this.peakMs[slot] as number;
    // A cancelled call says "at least this long", never "this quick".
    if (peakMs < 0 ? cancelled : cancelled && latencyMs < peakMs) return;
    const kept = Math.exp(-(nowMs - (this.stampMs[slot] as number)) / this.decayMs);
    this.peakMs[slot] = latencyMs > peakMs ? latencyMs : peakMs * kept + latencyMs * (1 - kept);
    this.stampMs[slot] = nowMs;
  }

  close(): void {
    this.members = [];
    this.slots.clear();
  }

  /** Whether `one` costs less than `other`; both sides are multiplied by both decays, which saves the divisions. */
  private isLess(one: number, other: number): boolean {
    return this.cost(one) * this.decay(other) <= this.cost(other) * this.decay(one);
  }

  private cost(slot: number): number {
    const { inFlight } = this.members[slot] as Member;
    const peakMs = this.peakMs[slot] as number;
    const inverseWeight = this.inverseWeight[slot] as number;
    if (peakMs < 0) return UNKNOWN_LATENCY_MS * inFlight * inverseWeight;
    return (peakMs + 1e-6) * (inFlight + 1) * inverseWeight;
  }

  /** 1 + x + x^2/2, by which a latency of age x is divided: follows e^x closely where it matters and costs a tenth of it. */
  private decay(slot: number): number {
    if ((this.peakMs[slot] as number) < 0) return 1;
    const age = (this.nowMs - (this.stampMs[slot] as number)) / this.decayMs;
    return 1 + age + 0.5 * age * age;
  }

  private pickAllowed(excluded: ReadonlySet<Member>): Member | undefined {
    const { members } = this;
    let best = -1;
    for (let draw = 0; draw < 2 * REDRAWS_MAX; draw++) {
      const slot = (this.chance() * members.length) | 0;
      if (excluded.has(members[slot] as Member)) continue;
      if (best >= 0) return members[this.isLess(slot, best) ? slot : best];
      best = slot;
    }
    if (best >= 0) return members[best];
    return members.find((member) => !excluded.has(member)) ?? members[(this.chance() * members.length) | 0];
  }
}
