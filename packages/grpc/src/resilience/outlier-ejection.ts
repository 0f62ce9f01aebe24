import type { Balancer, BalancerEnvironment, BalancerFactory, Member, Outcome, PickContext } from "../balance/balancer.js";
import { isMemberFault } from "../balance/fault.js";
import { leastLoaded } from "../balance/least-loaded.js";
import { numberOption } from "../balance/options.js";
import { Code } from "../call/code.js";
import type { ResilienceListener } from "./guard.js";

export interface OutlierEjectionOptions {
  /** @default 10_000 */
  readonly intervalMs?: number;
  /** Times the number of ejections in a row. @default 30_000 */
  readonly baseEjectionMs?: number;
  /** @default 300_000 */
  readonly maxEjectionMs?: number;
  /** Of all members; one may always be ejected where there are two or more. @default 10 */
  readonly maxEjectionPercent?: number;
  /** Faults in a row that eject at once, without waiting for the interval; 0 never. @default 5, as Envoy */
  readonly consecutiveFaults?: number;
  /** Ejects members whose success rate is under the mean by this many thousandths of the standard deviation. @default 1_900 */
  readonly successRateStdevFactor?: number;
  /** Ejects members of which this percentage of calls failed. @default 85 */
  readonly failurePercentageThreshold?: number;
  /** Members with enough calls that there must be before rates are compared. @default 5 */
  readonly minimumHosts?: number;
  /** Calls in an interval before a member is judged. @default 50 */
  readonly requestVolume?: number;
  /** @default leastLoaded() */
  readonly child?: BalancerFactory;
  readonly onEvent?: ResilienceListener;
}

type Settings = Required<Omit<OutlierEjectionOptions, "child" | "onEvent">>;

/**
 * Takes members out of use whose calls fail while those of others do not (gRFC
 * A50: success rate and failure percentage over an interval; and Envoy's faults in a row).
 * An ejected member comes back after a time that grows with each ejection. Judged
 * when calls end, without timers of its own.
 */
export function outlierEjection(options: OutlierEjectionOptions = {}): BalancerFactory {
  const settings: Settings = {
    intervalMs: numberOption("outlierEjection.intervalMs", options.intervalMs, 10_000, { min: 1 }),
    baseEjectionMs: numberOption("outlierEjection.baseEjectionMs", options.baseEjectionMs, 30_000, { min: 1 }),
    maxEjectionMs: numberOption("outlierEjection.maxEjectionMs", options.maxEjectionMs, 300_000, { min: 1 }),
    maxEjectionPercent: numberOption("outlierEjection.maxEjectionPercent", options.maxEjectionPercent, 10, { min: 0, max: 100 }),
    consecutiveFaults: numberOption("outlierEjection.consecutiveFaults", options.consecutiveFaults, 5, { min: 0, integer: true }),
    successRateStdevFactor: numberOption("outlierEjection.successRateStdevFactor", options.successRateStdevFactor, 1_900, { min: 0 }),
    failurePercentageThreshold: numberOption("outlierEjection.failurePercentageThreshold", options.failurePercentageThreshold, 85, {
      min: 0,
      max: 100,
    }),
    minimumHosts: numberOption("outlierEjection.minimumHosts", options.minimumHosts, 5, { min: 0, integer: true }),
    requestVolume: numberOption("outlierEjection.requestVolume", options.requestVolume, 50, { min: 1, integer: true }),
  };
  const child = options.child ?? leastLoaded();
  return (environment) => new OutlierEjection(environment, child(environment), settings, options.onEvent);
}

interface Health {
  successes: number;
  failures: number;
  faultsInARow: number;
  /** Ejections in a row; falls by one for each interval in use. */
  multiplier: number;
  ejectedAtMs: number | undefined;
}

class OutlierEjection implements Balancer {
  private readonly environment: BalancerEnvironment;
  private readonly child: Balancer;
  private readonly settings: Settings;
  private readonly onEvent: ResilienceListener | undefined;
  private members: readonly Member[] = [];
  private all: readonly Member[] = [];
  private health = new Map<Member, Health>();
  private ejectedCount = 0;
  private sweepAtMs: number;

  constructor(environment: BalancerEnvironment, child: Balancer, settings: Settings, onEvent: ResilienceListener | undefined) {
    this.environment = environment;
    this.child = child;
    this.settings = settings;
    this.onEvent = onEvent;
    this.sweepAtMs = environment.nowMs() + settings.intervalMs;
  }

  update(members: readonly Member[], all: readonly Member[] = members): void {
    this.members = members;
    this.all = all;
    // Kept for all that are known, so that a lost connection does not wipe out a record.
    const health = new Map<Member, Health>();
    for (const group of [all, members]) {
      for (const member of group) {
        health.set(
          member,
          this.health.get(member) ?? { successes: 0, failures: 0, faultsInARow: 0, multiplier: 0, ejectedAtMs: undefined },
        );
      }
    }
    this.health = health;
    this.apply();
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    return this.child.pick(call, excluded);
  }

  finished(member: Member, outcome: Outcome): void {
    this.child.finished?.(member, outcome);
    const health = this.health.get(member);
    const nowMs = this.environment.nowMs();
    if (health !== undefined && outcome.error?.code !== Code.CANCELLED) this.count(member, health, isMemberFault(outcome.error), nowMs);
    if (nowMs >= this.sweepAtMs) this.sweep(nowMs);
  }

  close(): void {
    this.health.clear();
    this.child.close();
  }

  private count(member: Member, health: Health, fault: boolean, nowMs: number): void {
    if (!fault) {
      health.successes++;
      health.faultsInARow = 0;
      return;
    }
    health.failures++;
    health.faultsInARow++;
    const { consecutiveFaults } = this.settings;
    if (consecutiveFaults > 0 && health.faultsInARow >= consecutiveFaults && this.eject(member, health, nowMs, "faults in a row"))
      this.apply();
  }

  /** A50's steps at the end of an interval. */
  private sweep(nowMs: number): void {
    const { intervalMs, requestVolume, minimumHosts } = this.settings;
    this.sweepAtMs = nowMs + intervalMs;
    const before = this.ejectedNow();
    const judged = [...this.health].filter(([, { successes, failures }]) => successes + failures >= requestVolume);
    if (judged.length >= minimumHosts) {
      this.ejectBySuccessRate(judged, nowMs);
      this.ejectByFailures(judged, nowMs);
    }
    let returned = false;
    for (const [member, health] of this.health) {
      health.successes = 0;
      health.failures = 0;
      if (health.ejectedAtMs === undefined) health.multiplier = Math.max(0, health.multiplier - 1);
      else returned = this.returnIfDue(member, health, health.ejectedAtMs, nowMs) || returned;
    }
    if (returned || this.ejectedCount !== before) this.apply();
  }

  private returnIfDue(member: Member, health: Health, ejectedAtMs: number, nowMs: number): boolean {
    const { baseEjectionMs, maxEjectionMs } = this.settings;
    const lasts = Math.min(baseEjectionMs * health.multiplier, Math.max(baseEjectionMs, maxEjectionMs));
    if (nowMs < ejectedAtMs + lasts) return false;
    health.ejectedAtMs = undefined;
    health.faultsInARow = 0;
    this.onEvent?.({ part: "outlier-ejection", kind: "returned", subject: member.endpoint.id });
    return true;
  }

  private ejectBySuccessRate(judged: readonly (readonly [Member, Health])[], nowMs: number): void {
    const rates = judged.map(([, { successes, failures }]) => successes / (successes + failures));
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length);
    const required = mean - (deviation * this.settings.successRateStdevFactor) / 1_000;
    judged.forEach(([member, health], at) => {
      if ((rates[at] as number) < required) this.eject(member, health, nowMs, "success rate");
    });
  }

  private ejectByFailures(judged: readonly (readonly [Member, Health])[], nowMs: number): void {
    for (const [member, health] of judged) {
      const percentage = (100 * health.failures) / (health.successes + health.failures);
      if (percentage > this.settings.failurePercentageThreshold) this.eject(member, health, nowMs, "failure percentage");
    }
  }

  private eject(member: Member, health: Health, nowMs: number, detail: string): boolean {
    if (health.ejectedAtMs !== undefined) return false;
    const known = this.health.size;
    // The last member is never ejected, and the share that is holds for all together.
    const allowed = known < 2 ? 0 : Math.max(1, Math.floor((known * this.settings.maxEjectionPercent) / 100));
    if (this.settings.maxEjectionPercent === 0 || this.ejectedNow() >= allowed) return false;
    health.ejectedAtMs = nowMs;
    this.ejectedCount++;
    health.multiplier++;
    this.onEvent?.({ part: "outlier-ejection", kind: "ejected", subject: member.endpoint.id, detail });
    return true;
  }

  private ejectedNow(): number {
    let ejected = 0;
    for (const { ejectedAtMs } of this.health.values()) if (ejectedAtMs !== undefined) ejected++;
    this.ejectedCount = ejected;
    return ejected;
  }

  private apply(): void {
    this.ejectedNow();
    const usable = this.members.filter((member) => this.health.get(member)?.ejectedAtMs === undefined);
    // Better a member under suspicion than none.
    this.child.update(usable.length === 0 ? this.members : usable, this.all);
  }
}
