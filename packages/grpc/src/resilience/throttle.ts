import { isMemberFault } from "../balance/fault.js";
import { numberOption } from "../balance/options.js";
import { Code } from "../call/code.js";
import type { Call } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { Gauges, Guard } from "./guard.js";

export interface ThrottleOptions {
  /** Calls let through for each that is accepted; lower refuses sooner. @default 2 */
  readonly ratio?: number;
  /** For how long a call is remembered; after an outage the share of calls let through doubles about once in this time. @default 10_000, where the book has two minutes */
  readonly windowMs?: number;
}

const PARTS = 12;
/** Some calls always go through, or a long outage would be noticed long after its end. */
const REFUSAL_SHARE_MAX = 0.95;

/**
 * Client-side throttling of "Handling Overload" (Site Reliability Engineering,
 * ch. 21): a call is refused here with probability
 * max(0, (requests - ratio x accepts) / (requests + 1)), so that a backend in
 * overload spends no time on refusing. Recovers by itself, a little at a time.
 */
export class AdaptiveThrottle implements Guard {
  private readonly ratio: number;
  private readonly partMs: number;
  private readonly random: () => number;
  private readonly requests = new Float64Array(PARTS);
  private readonly accepts = new Float64Array(PARTS);
  private requestSum = 0;
  private acceptSum = 0;
  private part = 0;
  private partEndsMs: number | undefined;
  private refusals = 0;

  constructor(options: ThrottleOptions = {}, random: () => number = Math.random) {
    this.ratio = numberOption("throttle.ratio", options.ratio, 2, { min: 1, max: 1_000 });
    this.partMs = numberOption("throttle.windowMs", options.windowMs, 10_000, { min: 100 }) / PARTS;
    this.random = random;
  }

  /** With what probability the next call is refused. */
  get refusalShare(): number {
    return Math.min(REFUSAL_SHARE_MAX, Math.max(0, (this.requestSum - this.ratio * this.acceptSum) / (this.requestSum + 1)));
  }

  admit(nowMs: number): boolean {
    this.turn(nowMs);
    if (this.requestSum <= this.ratio * this.acceptSum || this.random() >= this.refusalShare) return true;
    this.refusals++;
    this.count();
    return false;
  }

  /** A call counts when it has ended: calls under way have not been refused. */
  done(nowMs: number, accepted: boolean): void {
    this.turn(nowMs);
    this.count();
    if (!accepted) return;
    this.acceptSum++;
    this.accepts[this.part] = (this.accepts[this.part] as number) + 1;
  }

  enter(call: Call, nowMs: number): RpcError | undefined {
    if (this.admit(nowMs)) return undefined;
    return new RpcError(
      Code.UNAVAILABLE,
      `throttled: ${call.method.path} was refused too often in the last ${(this.partMs * PARTS) / 1_000} s`,
    );
  }

  leave(_call: Call, nowMs: number, _latencyMs: number, error: RpcError | undefined): void {
    this.done(nowMs, !isMemberFault(error));
  }

  abandon(): void {}

  gauges(): Gauges {
    return { requests: this.requestSum, accepts: this.acceptSum, refusals: this.refusals, refusalShare: this.refusalShare };
  }

  private count(): void {
    this.requestSum++;
    this.requests[this.part] = (this.requests[this.part] as number) + 1;
  }

  private turn(nowMs: number): void {
    this.partEndsMs ??= nowMs + this.partMs;
    for (let step = 0; nowMs >= this.partEndsMs && step < PARTS; step++) {
      this.part = (this.part + 1) % PARTS;
      this.requestSum -= this.requests[this.part] as number;
      this.acceptSum -= this.accepts[this.part] as number;
      this.requests[this.part] = 0;
      this.accepts[this.part] = 0;
      this.partEndsMs += this.partMs;
    }
    if (nowMs >= this.partEndsMs) this.partEndsMs = nowMs + this.partMs;
  }
}
