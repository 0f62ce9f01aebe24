import type { Clock } from "../clock.js";

/** Requests that one watch may send without a pause between them: a registration and the first run of its check come close together. */
export const PACE_BURST = 5;
/** Behind the burst, one request in this time: ten a second, whatever the server answers. */
export const PACE_INTERVAL_MS = 100;
/** Answers that came early and said nothing new double the pause up to this. */
export const PACE_IDLE_MS_MAX = 1_000;
/** Failures double theirs up to this: it bounds how late the return of Consul is noticed. */
export const BACKOFF_MS_MAX = 1_000;
const BACKOFF_MS_FIRST = 50;
const REFUSED_MS = 10_000;

/** How long to wait before the next request of one watch: a token bucket, with longer pauses for answers without news and for failures. */
export class Pace {
  private readonly clock: Clock;
  private tokens = PACE_BURST;
  private countedAtMs: number;
  private idle = 0;
  private failures = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    this.countedAtMs = clock.nowMs();
  }

  /** The pause after an answer; `early`: it came before its wait was over. */
  afterAnswer(changed: boolean, early: boolean): number {
    this.failures = 0;
    this.idle = changed || !early ? 0 : this.idle + 1;
    const idleMs = this.idle < 2 ? 0 : Math.min(PACE_IDLE_MS_MAX, PACE_INTERVAL_MS * 2 ** (this.idle - 2));
    return Math.max(idleMs, this.takeToken());
  }

  /** The pause after a refusal that only somebody else can end: a token without the right. */
  afterRefusal(): number {
    return REFUSED_MS * (0.5 + this.clock.random() / 2);
  }

  /** The pause after a failure, half of it at random, so that a fleet does not return in step. */
  afterFailure(retryAfterMs: number | undefined): number {
    const boundMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_FIRST * 2 ** Math.min(this.failures++, 16));
    return Math.max(retryAfterMs ?? 0, boundMs * (0.5 + this.clock.random() / 2));
  }

  private takeToken(): number {
    const nowMs = this.clock.nowMs();
    this.tokens = Math.min(PACE_BURST, this.tokens + (nowMs - this.countedAtMs) / PACE_INTERVAL_MS);
    this.countedAtMs = nowMs;
    this.tokens -= 1;
    return this.tokens >= 0 ? 0 : -this.tokens * PACE_INTERVAL_MS;
  }
}
