import { isMemberFault } from "../balance/fault.js";
import { numberOption } from "../balance/options.js";
import { Code } from "../call/code.js";
import type { Call } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { Gauges, Guard, ResilienceListener } from "./guard.js";

export interface BreakerOptions {
  /** Opens when this share of the calls in the window failed by the server's fault. @default 0.5 */
  readonly failureShare?: number;
  /** And there were so many. @default 20 */
  readonly callsMin?: number;
  /** @default 10_000 */
  readonly windowMs?: number;
  /** How long it stays open. @default 5_000 */
  readonly openMs?: number;
  /** Calls that are let through to try, half open; all must succeed. @default 3 */
  readonly probes?: number;
}

export type BreakerState = "closed" | "open" | "half-open";

const PARTS = 10;

/**
 * A circuit breaker over a sliding window (Nygard, "Release It!").
 *
 *            failures >= share of >= callsMin calls
 *   closed ------------------------------------------> open
 *     ^                                               |  ^
 *     | all probes succeed              after openMs  |  | a probe fails
 *     +------------------ half-open <-----------------+  |
 *                              +--------------------------+
 *
 * A probe that never ends is given up after openMs, so half open cannot last for ever.
 */
export class Breaker implements Guard {
  state: BreakerState = "closed";
  private readonly failureShare: number;
  private readonly callsMin: number;
  private readonly partMs: number;
  private readonly openMs: number;
  private readonly probes: number;
  private readonly subject: string | undefined;
  private readonly listener: ResilienceListener | undefined;
  private readonly calls = new Float64Array(PARTS);
  private readonly failures = new Float64Array(PARTS);
  private part = 0;
  private partEndsMs: number | undefined;
  private changedMs = 0;
  private probesSent = 0;
  private probesSucceeded = 0;
  private refusals = 0;

  constructor(options: BreakerOptions = {}, subject?: string, listener?: ResilienceListener) {
    this.failureShare = numberOption("breaker.failureShare", options.failureShare, 0.5, { min: 0, exclusive: true, max: 1 });
    this.callsMin = numberOption("breaker.callsMin", options.callsMin, 20, { min: 1, integer: true });
    this.partMs = numberOption("breaker.windowMs", options.windowMs, 10_000, { min: 10 }) / PARTS;
    this.openMs = numberOption("breaker.openMs", options.openMs, 5_000, { min: 1 });
    this.probes = numberOption("breaker.probes", options.probes, 3, { min: 1, max: 1_000, integer: true });
    this.subject = subject;
    this.listener = listener;
  }

  admit(nowMs: number): boolean {
    if (this.state === "closed") return true;
    const waited = nowMs - this.changedMs >= this.openMs;
    if (this.state === "open" ? waited : waited && this.probesSent >= this.probes) this.change("half-open", nowMs);
    if (this.state === "half-open" && this.probesSent < this.probes) {
      this.probesSent++;
      return true;
    }
    this.refusals++;
    return false;
  }

  done(nowMs: number, failed: boolean): void {
    if (this.state === "open") return;
    if (this.state === "half-open") {
      if (failed) this.change("open", nowMs);
      else if (++this.probesSucceeded >= this.probes) this.change("closed", nowMs);
      return;
    }
    this.turn(nowMs);
    this.calls[this.part] = (this.calls[this.part] as number) + 1;
    if (!failed) return;
    this.failures[this.part] = (this.failures[this.part] as number) + 1;
    const calls = sum(this.calls);
    if (calls >= this.callsMin && sum(this.failures) >= this.failureShare * calls) this.change("open", nowMs);
  }

  enter(call: Call, nowMs: number): RpcError | undefined {
    if (this.admit(nowMs)) return undefined;
    const leftMs = Math.max(0, Math.ceil(this.changedMs + this.openMs - nowMs));
    return new RpcError(Code.UNAVAILABLE, `circuit breaker of ${call.method.path} is ${this.state}, next try in ${leftMs} ms`);
  }

  leave(_call: Call, nowMs: number, _latencyMs: number, error: RpcError | undefined): void {
    // A cancelled call says nothing; in half open it must give its place back.
    if (error?.code === Code.CANCELLED) this.abandon();
    else this.done(nowMs, isMemberFault(error));
  }

  abandon(): void {
    if (this.state === "half-open" && this.probesSent > this.probesSucceeded) this.probesSent--;
  }

  gauges(): Gauges {
    const state = this.state === "closed" ? 0 : this.state === "half-open" ? 1 : 2;
    return { state, calls: sum(this.calls), failures: sum(this.failures), refusals: this.refusals };
  }

  private change(state: BreakerState, nowMs: number): void {
    this.state = state;
    this.changedMs = nowMs;
    this.probesSent = 0;
    this.probesSucceeded = 0;
    this.calls.fill(0);
    this.failures.fill(0);
    this.listener?.({ part: "breaker", kind: state === "open" ? "opened" : state, subject: this.subject });
  }

  private turn(nowMs: number): void {
    this.partEndsMs ??= nowMs + this.partMs;
    for (let step = 0; nowMs >= this.partEndsMs && step < PARTS; step++) {
      this.part = (this.part + 1) % PARTS;
      this.calls[this.part] = 0;
      this.failures[this.part] = 0;
      this.partEndsMs += this.partMs;
    }
    if (nowMs >= this.partEndsMs) this.partEndsMs = nowMs + this.partMs;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += values[at] as number;
  return total;
}
