import { numberOption } from "../balance/options.js";

export interface RetryBudgetOptions {
  /** Retries that every call earns. @default 0.2 */
  readonly retryRatio?: number;
  /** Retries a second that are allowed however few calls there are. @default 10 */
  readonly retriesPerSecondMin?: number;
  /** For how long what a call earned can be spent. @default 10_000 */
  readonly windowMs?: number;
}

/**
 * How many retries a channel may add to its calls: a token bucket that calls and
 * time fill and retries empty (Finagle's RetryBudget). At the bound a call fails
 * with the error of its last attempt. Without one, retries multiply an overload
 * by the number of attempts, and the overload then keeps itself alive.
 */
export class RetryBudget {
  private readonly retryRatio: number;
  private readonly retriesPerSecondMin: number;
  private readonly windowMs: number;
  /** Fills over a window at full traffic; the cap is what one window may earn. */
  private tokens: number;
  private callRate = 0;
  private stampMs: number;

  constructor(options: RetryBudgetOptions, nowMs: number) {
    this.retryRatio = numberOption("retryBudget.retryRatio", options.retryRatio, 0.2, { min: 0, max: 1_000 });
    this.retriesPerSecondMin = numberOption("retryBudget.retriesPerSecondMin", options.retriesPerSecondMin, 10, { min: 0 });
    this.windowMs = numberOption("retryBudget.windowMs", options.windowMs, 10_000, { min: 0, exclusive: true });
    this.stampMs = nowMs;
    this.tokens = this.retriesPerSecondMin;
  }

  /** A first attempt was made. */
  deposit(nowMs: number): void {
    this.refill(nowMs);
    this.callRate += 1_000 / this.windowMs;
    this.tokens = Math.min(this.tokens + this.retryRatio, this.tokensMax());
  }

  /** Whether a retry may be made; if so, it is paid for. */
  withdraw(nowMs: number): boolean {
    this.refill(nowMs);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Retries that could be made now. */
  get balance(): number {
    return Math.floor(this.tokens);
  }

  private refill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.stampMs);
    if (passedMs === 0) return;
    this.stampMs = nowMs;
    this.callRate *= Math.exp(-passedMs / this.windowMs);
    this.tokens = Math.min(this.tokens + (this.retriesPerSecondMin * passedMs) / 1_000, this.tokensMax());
  }

  /** One second of the floor, and what the calls of a tenth of the window earned: enough for a burst, not for a storm. */
  private tokensMax(): number {
    return this.retriesPerSecondMin + (this.callRate * this.retryRatio * this.windowMs) / 10_000 + 1;
  }
}
