import type { Balancer, BalancerEnvironment, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";
import { leastLoaded } from "./least-loaded.js";
import { choiceOption, numberOption } from "./options.js";

export interface SlowStartOptions {
  /** How long a member takes to get its full share. @default 30_000 */
  readonly windowMs?: number;
  /** "linear" in time; "gentle" (squared) begins slower, "eager" (square root) faster. @default "linear" */
  readonly curve?: "linear" | "gentle" | "eager";
  /** The share at the very beginning; 0 would never learn whether the member is up. @default 0.1, as Envoy */
  readonly shareMin?: number;
  /** @default leastLoaded() */
  readonly child?: BalancerFactory;
}

const exponents = { linear: 1, gentle: 2, eager: 0.5 } as const;
/** Picks that a member which is still warming up may pass on to another. */
const PASSES_MAX = 3;

/**
 * A member that has just joined gets a growing share of its calls (Envoy's slow
 * start): caches and compilers warm up before the full load comes. A pick that
 * falls on it is kept with the probability of its share, else another is
 * picked. When all members are equally new nothing is held back. Around
 * policies by key it has no effect: they pick the same member again.
 */
export function slowStart(options: SlowStartOptions = {}): BalancerFactory {
  const windowMs = numberOption("slowStart.windowMs", options.windowMs, 30_000, { min: 0, exclusive: true });
  const shareMin = numberOption("slowStart.shareMin", options.shareMin, 0.1, { min: 0, exclusive: true, max: 1 });
  const exponent = exponents[choiceOption("slowStart.curve", options.curve, "linear", ["linear", "gentle", "eager"])];
  const child = options.child ?? leastLoaded();
  return (environment) => new SlowStart(environment, child(environment), { windowMs, shareMin, exponent });
}

interface Ramp {
  readonly windowMs: number;
  readonly shareMin: number;
  readonly exponent: number;
}

class SlowStart implements Balancer {
  private readonly environment: BalancerEnvironment;
  private readonly child: Balancer;
  private readonly ramp: Ramp;
  private oldestJoinedAtMs = 0;
  /** Nobody is warming up after it: then a pick costs one comparison more. */
  private quietFromMs = 0;
  private nowMs = 0;

  constructor(environment: BalancerEnvironment, child: Balancer, ramp: Ramp) {
    this.environment = environment;
    this.child = child;
    this.ramp = ramp;
  }

  update(members: readonly Member[], all?: readonly Member[]): void {
    this.nowMs = this.environment.nowMs();
    let oldest = Number.POSITIVE_INFINITY;
    let newest = Number.NEGATIVE_INFINITY;
    for (const { joinedAtMs } of members) {
      oldest = Math.min(oldest, joinedAtMs);
      newest = Math.max(newest, joinedAtMs);
    }
    this.oldestJoinedAtMs = oldest;
    this.quietFromMs = newest > oldest ? newest + this.ramp.windowMs : 0;
    this.child.update(members, all);
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    let member = this.child.pick(call, excluded);
    if (this.quietFromMs === 0) return member;
    for (let pass = 0; pass < PASSES_MAX && member !== undefined; pass++) {
      if (this.environment.random() < this.share(member)) return member;
      member = this.child.pick(call, excluded);
    }
    return member;
  }

  finished(member: Member, outcome: Outcome): void {
    if (this.quietFromMs !== 0) {
      this.nowMs = this.environment.nowMs();
      if (this.nowMs >= this.quietFromMs) this.quietFromMs = 0;
    }
    this.child.finished?.(member, outcome);
  }

  close(): void {
    this.child.close();
  }

  /** Against the oldest member: a fleet that starts together starts at full share. */
  private share(member: Member): number {
    return this.grown(member.joinedAtMs) / this.grown(this.oldestJoinedAtMs);
  }

  private grown(joinedAtMs: number): number {
    const { windowMs, shareMin, exponent } = this.ramp;
    const age = (this.nowMs - joinedAtMs) / windowMs;
    return age >= 1 ? 1 : Math.max(shareMin, Math.max(0, age) ** exponent);
  }
}
