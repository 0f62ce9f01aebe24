import type { Balancer, BalancerEnvironment, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";
import { numberOption } from "./options.js";
import { decodeLoadReport, LOAD_REPORT_TRAILER, type LoadReport } from "./orca.js";
import { weightOf, withTraffic } from "./weight.js";
import { WeightedSchedule } from "./weighted-schedule.js";

export interface ReportedLoadOptions {
  /** A member's reports count only after it has sent them for so long. @default 10_000 */
  readonly blackoutMs?: number;
  /** A report that is older is forgotten. @default 180_000 */
  readonly expiryMs?: number;
  /** How often weights are worked out anew. @default 1_000 */
  readonly updateMs?: number;
  /** How much errors weigh against a member: errors / calls x this is added to its utilisation. @default 1 */
  readonly errorPenalty?: number;
}

/** Where reports come from besides trailers: the channel asks each member's OpenRcaService and hands them over. */
export interface LoadReportReceiver {
  reported(member: Member, report: LoadReport): void;
}

/** Weights keep this many digits, so that members of nearly the same load share a class of the schedule. */
const WEIGHT_STEPS = 100;

/**
 * Weighted round robin by what the servers report (gRFC A58): weight = calls per
 * second / (utilisation + errors / calls x penalty). Members without a
 * report count as the mean; with fewer than two reports it is plain round robin.
 * Reports come in trailers (A51), or out of band through `reported`.
 */
export function reportedLoad(options: ReportedLoadOptions = {}): BalancerFactory {
  const settings = {
    blackoutMs: numberOption("reportedLoad.blackoutMs", options.blackoutMs, 10_000, { min: 0 }),
    expiryMs: numberOption("reportedLoad.expiryMs", options.expiryMs, 180_000, { min: 0, exclusive: true }),
    updateMs: numberOption("reportedLoad.updateMs", options.updateMs, 1_000, { min: 100 }),
    errorPenalty: numberOption("reportedLoad.errorPenalty", options.errorPenalty, 1, { min: 0 }),
  };
  return (environment) => new ReportedLoad(environment, settings);
}

interface Reported {
  weight: number;
  sinceMs: number;
  lastMs: number;
}

class ReportedLoad implements Balancer, LoadReportReceiver {
  private readonly environment: BalancerEnvironment;
  private readonly settings: Required<ReportedLoadOptions>;
  private readonly schedule = new WeightedSchedule();
  private members: readonly Member[] = [];
  private known: ReadonlySet<Member> = new Set();
  private reports = new Map<Member, Reported>();
  private nextUpdateMs = 0;

  constructor(environment: BalancerEnvironment, settings: Required<ReportedLoadOptions>) {
    this.environment = environment;
    this.settings = settings;
  }

  update(members: readonly Member[]): void {
    this.members = withTraffic(members);
    this.known = new Set(this.members);
    const reports = new Map<Member, Reported>();
    for (const member of this.members) {
      const known = this.reports.get(member);
      if (known !== undefined) reports.set(member, known);
    }
    this.reports = reports;
    this.reweigh(this.environment.nowMs());
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    return this.schedule.next(excluded);
  }

  finished(member: Member, outcome: Outcome): void {
    const bytes = outcome.trailers?.get(LOAD_REPORT_TRAILER);
    if (!(bytes instanceof Uint8Array)) return;
    const report = decodeLoadReport(bytes);
    if (report !== undefined) this.reported(member, report);
  }

  reported(member: Member, report: LoadReport): void {
    const nowMs = this.environment.nowMs();
    const weight = this.weightFrom(report);
    if (weight !== undefined && this.known.has(member)) {
      const known = this.reports.get(member);
      if (known === undefined || nowMs - known.lastMs > this.settings.expiryMs) {
        this.reports.set(member, { weight, sinceMs: nowMs, lastMs: nowMs });
      } else {
        known.weight = weight;
        known.lastMs = nowMs;
      }
    }
    if (nowMs >= this.nextUpdateMs) this.reweigh(nowMs);
  }

  close(): void {
    this.members = [];
    this.reports.clear();
    this.schedule.update([]);
  }

  private weightFrom(report: LoadReport): number | undefined {
    const calls = report.callsPerSecond ?? 0;
    const utilization = report.applicationUtilization ?? report.cpuUtilization ?? 0;
    if (!(calls > 0) || !(utilization > 0)) return undefined;
    const errors = Math.max(0, report.errorsPerSecond ?? 0);
    const weight = calls / (utilization + (errors / calls) * this.settings.errorPenalty);
    return Number.isFinite(weight) && weight > 0 ? weight : undefined;
  }

  private reweigh(nowMs: number): void {
    this.nextUpdateMs = nowMs + this.settings.updateMs;
    const { blackoutMs, expiryMs } = this.settings;
    let sum = 0;
    let count = 0;
    for (const [member, { weight, sinceMs, lastMs }] of this.reports) {
      if (nowMs - lastMs > expiryMs) this.reports.delete(member);
      else if (nowMs - sinceMs >= blackoutMs) {
        sum += weight;
        count++;
      }
    }
    const mean = sum / count;
    this.schedule.update(this.members, (member) => {
      const report = this.reports.get(member);
      const counts = count >= 2 && report !== undefined && nowMs - report.sinceMs >= blackoutMs;
      const weight = counts ? Math.max(1, Math.round((report.weight / mean) * WEIGHT_STEPS)) : WEIGHT_STEPS;
      return weight * weightOf(member);
    });
  }
}
