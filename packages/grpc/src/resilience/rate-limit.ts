import { choiceOption, numberOption, shown } from "../balance/options.js";
import { Code } from "../call/code.js";
import type { Call } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { Gauges, Guard } from "./guard.js";

export interface RateLimitOptions {
  readonly callsPerSecond: number;
  /** "token-bucket" allows `burst` at once after a rest; "sliding-window" never more than a second's calls in any second. @default "token-bucket" */
  readonly algorithm?: "token-bucket" | "sliding-window";
  /** @default one second's calls */
  readonly burst?: number;
  /** What shares one limit: the "method", the "caller" (its address), or a metadata value ("metadata:NAME"). @default "method" */
  readonly per?: string;
  /** Keys that are remembered, the one unused for longest is forgotten first. @default 10_000 */
  readonly keysMax?: number;
}

/** A bucket that time fills and calls empty. */
export class TokenBucket {
  private readonly perMs: number;
  private readonly burst: number;
  private tokens: number;
  private stampMs: number;

  constructor(callsPerSecond: number, burst: number, nowMs: number) {
    this.perMs = callsPerSecond / 1_000;
    this.burst = burst;
    this.tokens = burst;
    this.stampMs = nowMs;
  }

  take(nowMs: number): boolean {
    if (nowMs > this.stampMs) {
      this.tokens = Math.min(this.burst, this.tokens + (nowMs - this.stampMs) * this.perMs);
      this.stampMs = nowMs;
    }
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

/** Calls of the current second and, in proportion, of the one before: two numbers stand for a log of all calls. */
export class SlidingWindow {
  private readonly callsPerSecond: number;
  private second = -1;
  private current = 0;
  private previous = 0;

  constructor(callsPerSecond: number) {
    this.callsPerSecond = callsPerSecond;
  }

  take(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.second) {
      this.previous = second === this.second + 1 ? this.current : 0;
      this.current = 0;
      this.second = second;
    }
    const weight = 1 - (nowMs - second * 1_000) / 1_000;
    if (this.previous * weight + this.current + 1 > this.callsPerSecond) return false;
    this.current++;
    return true;
  }
}

/** At most so many calls a second for each key; one more is refused with RESOURCE_EXHAUSTED. */
export class RateLimit implements Guard {
  private readonly make: (nowMs: number) => TokenBucket | SlidingWindow;
  private readonly keyOf: (call: Call) => string;
  private readonly keysMax: number;
  private readonly callsPerSecond: number;
  /** In order of use: the first is the one unused for longest. */
  private readonly limits = new Map<string, TokenBucket | SlidingWindow>();
  private refusals = 0;

  constructor(options: RateLimitOptions) {
    const rate = numberOption("rateLimit.callsPerSecond", options.callsPerSecond ?? null, 0, { min: 0, exclusive: true });
    const burst = numberOption("rateLimit.burst", options.burst, Math.max(1, rate), { min: 1 });
    const algorithm = choiceOption("rateLimit.algorithm", options.algorithm, "token-bucket", ["token-bucket", "sliding-window"]);
    if (algorithm === "sliding-window" && options.burst !== undefined) {
      throw new TypeError("rateLimit.burst contradicts rateLimit.algorithm: a sliding window has no burst");
    }
    if (algorithm === "sliding-window" && rate < 1) {
      throw new RangeError(`rateLimit.callsPerSecond must be at least 1 for a sliding window, got ${rate}; a token bucket takes less`);
    }
    this.callsPerSecond = rate;
    this.make = (nowMs) => (algorithm === "token-bucket" ? new TokenBucket(rate, burst, nowMs) : new SlidingWindow(rate));
    this.keyOf = keyOf(options.per ?? "method");
    this.keysMax = numberOption("rateLimit.keysMax", options.keysMax, 10_000, { min: 1, integer: true });
  }

  enter(call: Call, nowMs: number): RpcError | undefined {
    const key = this.keyOf(call);
    let limit = this.limits.get(key);
    if (limit === undefined) limit = this.add(key, nowMs);
    else if (this.limits.size > 1) {
      this.limits.delete(key);
      this.limits.set(key, limit);
    }
    if (limit.take(nowMs)) return undefined;
    this.refusals++;
    return new RpcError(Code.RESOURCE_EXHAUSTED, `rate limit of ${this.callsPerSecond} calls a second is reached for ${key}`);
  }

  leave(): void {}

  abandon(): void {}

  gauges(): Gauges {
    return { keys: this.limits.size, refusals: this.refusals };
  }

  private add(key: string, nowMs: number): TokenBucket | SlidingWindow {
    if (this.limits.size >= this.keysMax) {
      for (const oldest of this.limits.keys()) {
        this.limits.delete(oldest);
        break;
      }
    }
    const limit = this.make(nowMs);
    this.limits.set(key, limit);
    return limit;
  }
}

function keyOf(per: string): (call: Call) => string {
  if (per === "method") return (call) => call.method.path;
  if (per === "caller") return (call) => (call.peer === undefined ? "unknown caller" : call.peer.replace(/:\d+$/, ""));
  const name = typeof per === "string" && per.startsWith("metadata:") ? per.slice("metadata:".length) : "";
  if (name === "") throw new RangeError(`rateLimit.per must be "method", "caller" or "metadata:NAME", got ${shown(per)}`);
  return (call) => String(call.metadata.get(name) ?? `no ${name}`);
}
