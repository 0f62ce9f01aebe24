/** Allows `burst` events at once and `perSecond` in the long run. */
export class TokenBucket {
  private readonly burst: number;
  private readonly perSecond: number;
  private tokens: number;
  private filledMs: number;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.burst = burst;
    this.perSecond = perSecond;
    this.tokens = burst;
    this.filledMs = nowMs;
  }

  /** False: one event too many. */
  take(nowMs: number): boolean {
    if (this.burst === Number.POSITIVE_INFINITY) return true;
    const elapsedMs = Math.max(0, nowMs - this.filledMs);
    this.filledMs = nowMs;
    this.tokens = Math.min(this.burst, this.tokens + (elapsedMs / 1000) * this.perSecond);
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
