import { encodeLoadReport, LOAD_REPORT_TRAILER, type LoadReport } from "../balance/orca.js";
import type { Interceptor } from "../call/interceptor.js";
import { systemClock } from "./clock.js";
import { observed } from "./guard.js";
import type { ProcessLoad } from "./load-shedding.js";

export interface ReportLoadOptions {
  /** A ProcessLoadMeter. */
  readonly load: ProcessLoad;
  /** What the application adds: its own utilisation, named metrics. Asked when a report is made, a few times a second. */
  readonly extra?: () => LoadReport;
  /** @default the monotonic clock */
  readonly nowMs?: () => number;
}

/** A report is made anew this often, however many calls carry it. */
const REPORT_EVERY_MS = 100;
/** Weight of the newest measurement in the rates. */
const NEWEST_SHARE = 0.3;

/**
 * A server's interceptor that tells callers how loaded it is, in the trailers of
 * every call (ORCA, gRFC A51): what reportedLoad() balances by.
 */
export function reportLoad(options: ReportLoadOptions): Interceptor {
  const reporter = new Reporter(options);
  return (next) => (call) => {
    reporter.calls++;
    call.responseTrailers?.set(LOAD_REPORT_TRAILER, reporter.bytes());
    return observed(next, call, (error) => {
      if (error !== undefined) reporter.errors++;
    });
  };
}

class Reporter {
  calls = 0;
  errors = 0;
  private readonly options: ReportLoadOptions;
  private readonly nowMs: () => number;
  private madeAtMs: number;
  private callsPerSecond = 0;
  private errorsPerSecond = 0;
  private report: Uint8Array = new Uint8Array(0);

  constructor(options: ReportLoadOptions) {
    this.options = options;
    this.nowMs = options.nowMs ?? systemClock.nowMs;
    this.madeAtMs = this.nowMs();
  }

  bytes(): Uint8Array {
    const nowMs = this.nowMs();
    const passedMs = nowMs - this.madeAtMs;
    if (passedMs >= REPORT_EVERY_MS || this.report.length === 0) this.make(Math.max(passedMs, REPORT_EVERY_MS), nowMs);
    return this.report;
  }

  private make(passedMs: number, nowMs: number): void {
    this.callsPerSecond += NEWEST_SHARE * ((this.calls * 1_000) / passedMs - this.callsPerSecond);
    this.errorsPerSecond += NEWEST_SHARE * ((this.errors * 1_000) / passedMs - this.errorsPerSecond);
    this.calls = 0;
    this.errors = 0;
    this.madeAtMs = nowMs;
    this.report = encodeLoadReport({
      cpuUtilization: this.options.load.cpuShare(),
      callsPerSecond: this.callsPerSecond,
      errorsPerSecond: this.errorsPerSecond,
      ...this.options.extra?.(),
    });
  }
}
