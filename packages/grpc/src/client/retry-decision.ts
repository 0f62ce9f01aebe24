import type { RpcError } from "../call/rpc-error.js";
import type { RetryPolicy } from "../channel/method-policy.js";
import type { RetryThrottle } from "../channel/retry-throttle.js";

/** A server's word on when to try again (gRFC A6, "Pushback"). */
const PUSHBACK = "grpc-retry-pushback-ms";
const JITTER = 0.2;

/** Milliseconds that the server asks for; -1 when it wants no retry; undefined when it says nothing. */
export function pushbackMs(error: RpcError): number | undefined {
  const value = error.metadata?.get(PUSHBACK);
  if (value === undefined) return undefined;
  return typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : -1;
}

/** How long to wait before the next attempt; undefined: the error stands. */
export class RetryDecision {
  private readonly policy: RetryPolicy;
  private readonly throttle: RetryThrottle;
  private readonly random: () => number;
  private attempts = 0;
  /** Since the start, or since the server's last pushback. */
  private backoffs = 0;

  constructor(policy: RetryPolicy, throttle: RetryThrottle, random: () => number) {
    this.policy = policy;
    this.throttle = throttle;
    this.random = random;
  }

  /** Attempts that have failed. */
  get failures(): number {
    return this.attempts;
  }

  delayMs(error: RpcError, committed: boolean): number | undefined {
    this.attempts++;
    const pushback = pushbackMs(error);
    const retryable = this.policy.codes.has(error.code);
    if (retryable || pushback === -1) this.throttle.failed();
    if (committed || !retryable || pushback === -1) return undefined;
    if (this.attempts >= this.policy.attemptsMax || !this.throttle.allows) return undefined;
    if (pushback !== undefined) {
      this.backoffs = 0;
      return pushback;
    }
    const backoffMs = Math.min(this.policy.initialBackoffMs * this.policy.backoffMultiplier ** this.backoffs++, this.policy.maxBackoffMs);
    return backoffMs * (1 - JITTER + 2 * JITTER * this.random());
  }
}
