import { isMemberFault } from "../balance/fault.js";
import { numberOption } from "../balance/options.js";
import type { Interceptor } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { Gauges, ResilienceListener } from "./guard.js";
import { requestKey } from "./request-key.js";

export interface StaleCacheOptions {
  /** Answers without a call for so long. @default 0: only when calls fail */
  readonly freshMs?: number;
  /** Answers for so long when calls fail. @default 300_000 */
  readonly staleMs?: number;
  /** Answers that are kept; the oldest goes first. @default 1_000 */
  readonly entriesMax?: number;
  /** Metadata that answers depend on; name what carries the caller's identity. @default ["authorization"] */
  readonly vary?: readonly string[];
}

interface Entry {
  readonly answer: unknown;
  readonly storedMs: number;
}

/**
 * Keeps the last good answers of unary calls that their contract declares safe
 * to repeat, and gives one again when the server is at fault (RFC 5861,
 * stale-if-error). Answers are shared between callers: they must not change them.
 */
export class StaleCache {
  private readonly freshMs: number;
  private readonly staleMs: number;
  private readonly entriesMax: number;
  private readonly vary: readonly string[];
  private readonly nowMs: () => number;
  private readonly onEvent: ResilienceListener | undefined;
  private readonly entries = new Map<string, Entry>();
  private served = 0;

  constructor(options: StaleCacheOptions, nowMs: () => number, onEvent?: ResilienceListener) {
    this.freshMs = numberOption("staleCache.freshMs", options.freshMs, 0, { min: 0 });
    this.staleMs = numberOption("staleCache.staleMs", options.staleMs, 300_000, { min: 0 });
    this.entriesMax = numberOption("staleCache.entriesMax", options.entriesMax, 1_000, { min: 1, integer: true });
    this.vary = options.vary ?? ["authorization"];
    this.nowMs = nowMs;
    this.onEvent = onEvent;
  }

  readonly interceptor: Interceptor = (next) => (call) => {
    const key = call.method.idempotent ? requestKey(call, this.vary) : undefined;
    if (key === undefined) return next(call);
    const entry = this.entries.get(key);
    if (entry !== undefined && this.nowMs() - entry.storedMs < this.freshMs) return Promise.resolve(entry.answer);
    return this.answer(key, next(call) as Promise<unknown>, call.method.path);
  };

  gauges(): Gauges {
    return { entries: this.entries.size, served: this.served };
  }

  private async answer(key: string, response: Promise<unknown>, path: string): Promise<unknown> {
    try {
      const answer = await response;
      this.entries.delete(key);
      this.entries.set(key, { answer, storedMs: this.nowMs() });
      this.bound();
      return answer;
    } catch (thrown) {
      const entry = this.entries.get(key);
      const usable = entry !== undefined && this.nowMs() - entry.storedMs < this.staleMs && isMemberFault(RpcError.from(thrown));
      if (!usable) throw thrown;
      this.served++;
      this.onEvent?.({ part: "stale-cache", kind: "served", subject: path });
      return entry.answer;
    }
  }

  private bound(): void {
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.entriesMax) return;
      this.entries.delete(oldest);
    }
  }
}
