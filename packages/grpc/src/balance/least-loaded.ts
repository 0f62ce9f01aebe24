import { Code } from "../call/code.js";
import type { Balancer, BalancerEnvironment, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";
import { isMemberFault } from "./fault.js";
import { numberOption } from "./options.js";
import { QuickRandom } from "./quick-random.js";
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

/** Stands for the latency / weight of a member that has not answered yet. */
const UNKNOWN = 1e15;
/** A clock too coarse to see a latency still lets calls in flight count. */
const LATENCY_MIN_MS = 1e-6;
/** Where the sign of a double stands among its two words. */
const SIGN_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
/** An answer counts for a tenth at least: a member that was slow once, while its connection was new, is known for quick again after some twenty answers. */
const KEPT_MAX = 0.9;
/** Others that grow old with the end of each call; ten thousand members at a thousand calls a second are each aged every 5 s. */
const AGED_PER_CALL = 2;
/** Draws of a pair before a retry takes any member that is not excluded. */
const REDRAWS_MAX = 4;

class LeastLoaded implements Balancer {
  private readonly environment: BalancerEnvironment;
  private readonly chance: QuickRandom;
  private readonly decayMs: number;
  private readonly failureLatencyMs: number;
  private members: readonly Member[] = [];
  private slots = new Map<Member, number>();
  /** By slot: latency / weight, as it was at `stampMs`; UNKNOWN until the first answer. */
  private latency: Float64Array = new Float64Array(0);
  private stampMs: Float64Array = new Float64Array(0);
  private inverseWeight: Float64Array = new Float64Array(0);
  /** A double, and its bits: the sign of a difference, without a comparison. */
  private readonly difference = new Float64Array(1);
  private readonly differenceBits = new Int32Array(this.difference.buffer);
  /** The slot that is aged next. */
  private aging = 0;

  constructor(environment: BalancerEnvironment, decayMs: number, failureLatencyMs: number) {
    this.environment = environment;
    this.chance = new QuickRandom(environment.random);
    this.decayMs = decayMs;
    this.failureLatencyMs = failureLatencyMs;
  }

  update(members: readonly Member[]): void {
    const { slots, latency, stampMs, inverseWeight } = this;
    const nowMs = this.environment.nowMs();
    this.members = withTraffic(members);
    this.latency = new Float64Array(this.members.length).fill(UNKNOWN);
    this.stampMs = new Float64Array(this.members.length).fill(nowMs);
    this.inverseWeight = Float64Array.from(this.members, (member) => 1 / weightOf(member));
    this.members.forEach((member, slot) => {
      const before = slots.get(member);
      if (before === undefined || (latency[before] as number) >= UNKNOWN) return;
      const reweighed = (this.inverseWeight[slot] as number) / (inverseWeight[before] as number);
      this.latency[slot] = (latency[before] as number) * reweighed;
      this.stampMs[slot] = stampMs[before] as number;
    });
    this.slots = new Map(this.members.map((member, slot) => [member, slot]));
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const { members } = this;
    const count = members.length;
    if (count < 2) return members[0];
    if (excluded !== undefined) return this.pickAllowed(excluded);
    const first = this.chance.below(count);
    // Without a branch: which of two random members comes first cannot be predicted.
    let second = first + 1 + this.chance.below(count - 1);
    second -= ((count - 1 - second) >> 31) & count;
    // Nor can which costs less: a branch that is wrong every other time costs more than all the rest (15 ns a pick against 9).
    this.difference[0] = this.cost(second) - this.cost(first);
    return members[first ^ ((first ^ second) & ((this.differenceBits[SIGN_WORD] as number) >> 31))];
  }

  finished(member: Member, outcome: Outcome): void {
    const slot = this.slots.get(member);
    if (slot === undefined) return;
    const nowMs = this.environment.nowMs();
    this.learn(slot, outcome, nowMs);
    // Two others grow old with it: a member that once was slow is tried again, and a pick has nothing to work out.
    for (let turn = 0; turn < AGED_PER_CALL; turn++) {
      this.aging = this.aging + 1 < this.members.length ? this.aging + 1 : 0;
      this.age(this.aging, nowMs);
    }
  }

  close(): void {
    this.members = [];
    this.slots.clear();
  }

  private isLess(one: number, other: number): boolean {
    return this.cost(one) <= this.cost(other);
  }

  /** A member that has not answered yet is free for one call, and dearer than any other while that one runs. */
  private cost(slot: number): number {
    const { inFlight } = this.members[slot] as Member;
    const latency = this.latency[slot] as number;
    return latency >= UNKNOWN ? latency * inFlight : latency * (inFlight + 1);
  }

  private learn(slot: number, outcome: Outcome, nowMs: number): void {
    const faulty = isMemberFault(outcome.error);
    const latencyMs = Math.max(LATENCY_MIN_MS, faulty ? Math.max(outcome.latencyMs, this.failureLatencyMs) : outcome.latencyMs);
    const latency = Math.min(latencyMs * (this.inverseWeight[slot] as number), UNKNOWN / 2);
    const before = this.latency[slot] as number;
    const unknown = before >= UNKNOWN;
    // A cancelled call says "at least this long", never "this quick".
    if (outcome.error?.code === Code.CANCELLED && (unknown || latency < before)) return;
    const kept = unknown || latency > before ? 0 : Math.min(KEPT_MAX, Math.exp(-(nowMs - (this.stampMs[slot] as number)) / this.decayMs));
    this.latency[slot] = before * kept + latency * (1 - kept);
    this.stampMs[slot] = nowMs;
  }

  private age(slot: number, nowMs: number): void {
    const latency = this.latency[slot] as number;
    if (latency >= UNKNOWN) return;
    this.latency[slot] = latency * Math.exp(-(nowMs - (this.stampMs[slot] as number)) / this.decayMs);
    this.stampMs[slot] = nowMs;
  }

  private pickAllowed(excluded: ReadonlySet<Member>): Member | undefined {
    const { members } = this;
    let best = -1;
    for (let draw = 0; draw < 2 * REDRAWS_MAX; draw++) {
      const slot = this.chance.below(members.length);
      if (excluded.has(members[slot] as Member)) continue;
      if (best >= 0) return members[this.isLess(slot, best) ? slot : best];
      best = slot;
    }
    if (best >= 0) return members[best];
    return members.find((member) => !excluded.has(member)) ?? members[this.chance.below(members.length)];
  }
}
