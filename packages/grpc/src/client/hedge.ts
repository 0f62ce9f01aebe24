import type { Clock } from "../call/clock.js";
import type { Metadata } from "../call/metadata.js";
import { RpcError } from "../call/rpc-error.js";
import type { HedgePolicy } from "../channel/method-policy.js";
import type { RetryThrottle } from "../channel/retry-throttle.js";
import type { AttemptOptions } from "./attempt-options.js";
import type { AttemptSeries } from "./attempt-series.js";
import { pushbackMs } from "./retry-decision.js";
import type { SharedRequests } from "./shared-requests.js";

export interface HedgeParts<T> {
  readonly series: AttemptSeries;
  readonly policy: HedgePolicy;
  readonly throttle: RetryThrottle;
  readonly clock: Clock;
  readonly shared: SharedRequests | undefined;
  readonly start: (options: AttemptOptions) => Promise<T>;
}

interface Attempt {
  readonly controller: AbortController;
  headers: Metadata | undefined;
  trailers: Metadata | undefined;
}

/** One hedged call: an attempt each `delayMs`, one more at once when one fails without being fatal; the first good one cancels the others. */
export class Hedge<T> {
  readonly result: Promise<T>;
  private readonly parts: HedgeParts<T>;
  private readonly running = new Set<Attempt>();
  private started = 0;
  private stopped = false;
  private settled = false;
  private cancelTimer: (() => void) | undefined;
  private resolve!: (value: T) => void;
  private reject!: (error: unknown) => void;

  constructor(parts: HedgeParts<T>) {
    this.parts = parts;
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.launch();
  }

  private launch(): void {
    const { series, policy, start } = this.parts;
    const attempt: Attempt = { controller: new AbortController(), headers: undefined, trailers: undefined };
    this.running.add(attempt);
    this.started++;
    const signal = series.signal === undefined ? attempt.controller.signal : AbortSignal.any([series.signal, attempt.controller.signal]);
    const options = series.next({
      signal,
      onHeaders: (headers) => {
        attempt.headers = headers;
      },
      onTrailers: (trailers) => {
        attempt.trailers = trailers;
      },
    });
    start(options).then(
      (value) => this.won(attempt, value),
      (thrown) => this.lost(attempt, RpcError.from(thrown)),
    );
    if (this.started < policy.attemptsMax) this.schedule(policy.delayMs);
  }

  private schedule(delayMs: number): void {
    this.cancelTimer?.();
    this.cancelTimer = this.parts.clock.after(delayMs, () => this.launchIfAllowed());
  }

  private launchIfAllowed(): boolean {
    const { policy, throttle, shared } = this.parts;
    if (this.settled || this.stopped || this.started >= policy.attemptsMax || !throttle.allows || shared?.repeatable === false)
      return false;
    this.launch();
    return true;
  }

  private won(attempt: Attempt, value: T): void {
    if (this.settled) return;
    this.parts.throttle.succeeded();
    this.settle(attempt);
    this.resolve(value);
  }

  private lost(attempt: Attempt, error: RpcError): void {
    if (this.settled) return;
    this.running.delete(attempt);
    const { policy, throttle } = this.parts;
    const pushback = pushbackMs(error);
    const fatal = !policy.nonFatalCodes.has(error.code);
    if (!fatal || pushback === -1) throttle.failed();
    if (pushback === -1) this.stopped = true;
    if (!fatal && pushback !== undefined && pushback >= 0 && this.started < policy.attemptsMax && throttle.allows)
      return this.schedule(pushback);
    if (!fatal && (this.launchIfAllowed() || this.running.size > 0)) return;
    this.settle(attempt);
    this.reject(error);
  }

  private settle(attempt: Attempt): void {
    this.settled = true;
    this.cancelTimer?.();
    this.parts.shared?.commit();
    this.parts.series.tellHeaders(attempt.headers);
    this.parts.series.tellTrailers(attempt.trailers);
    this.running.delete(attempt);
    for (const { controller } of this.running) controller.abort();
  }
}
