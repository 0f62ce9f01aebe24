import { numberOption } from "../balance/options.js";
import { Code } from "../call/code.js";
import type { Call } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { Gauges, Guard } from "./guard.js";

export interface ConcurrencyLimitOptions {
  /** Never below: on one thread a few calls must always be able to wait for each other. @default 16 */
  readonly limitMin?: number;
  /** @default 10_000 */
  readonly limitMax?: number;
  /** @default 100 */
  readonly limitAtFirst?: number;
  /** Latency may grow by this factor before the limit falls. @default 1.5 */
  readonly tolerance?: number;
}

/** Share of a new value in the average that stands for "usual": some 600 calls. */
const LONG_SHARE = 1 / 600;
const SHORT_SHARE = 1 / 20;
const SMOOTHING = 0.2;
/** Calls between two changes of the limit. */
const CALLS_PER_CHANGE = 10;

/**
 * Finds by itself how many calls at the same time the other side, or this
 * server, can take: while latency stays usual the limit grows, when it grows the
 * limit falls (Netflix concurrency-limits, Gradient2). Calls above it are
 * refused at once instead of waiting in a queue that nobody sees.
 */
export class ConcurrencyLimit implements Guard {
  private readonly limitMin: number;
  private readonly limitMax: number;
  private readonly tolerance: number;
  private limit: number;
  private running = 0;
  private longMs = 0;
  private shortMs = 0;
  private callsUntilChange = CALLS_PER_CHANGE;
  private mostRunning = 0;
  private refusals = 0;

  constructor(options: ConcurrencyLimitOptions = {}) {
    this.limitMin = numberOption("concurrency.limitMin", options.limitMin, 16, { min: 1, integer: true });
    this.limitMax = numberOption("concurrency.limitMax", options.limitMax, 10_000, { min: this.limitMin, integer: true });
    const first = numberOption("concurrency.limitAtFirst", options.limitAtFirst, Math.min(100, this.limitMax), { max: this.limitMax });
    this.limit = Math.max(first, this.limitMin);
    this.tolerance = numberOption("concurrency.tolerance", options.tolerance, 1.5, { min: 1, max: 100 });
  }

  admit(): boolean {
    if (this.running < this.limit) {
      this.running++;
      if (this.running > this.mostRunning) this.mostRunning = this.running;
      return true;
    }
    this.mostRunning = this.running;
    this.refusals++;
    return false;
  }

  done(latencyMs: number, counts: boolean): void {
    this.running--;
    if (!counts) return;
    this.longMs = this.longMs === 0 ? latencyMs : this.longMs + (latencyMs - this.longMs) * LONG_SHARE;
    this.shortMs = this.shortMs === 0 ? latencyMs : this.shortMs + (latencyMs - this.shortMs) * SHORT_SHARE;
    if (--this.callsUntilChange > 0) return;
    this.callsUntilChange = CALLS_PER_CHANGE;
    this.change();
  }

  enter(call: Call): RpcError | undefined {
    if (this.admit()) return undefined;
    const message = `concurrency limit of ${call.method.path} is reached: ${this.running} calls run, the limit is ${Math.floor(this.limit)}`;
    return new RpcError(Code.RESOURCE_EXHAUSTED, message);
  }

  leave(_call: Call, _nowMs: number, latencyMs: number, error: RpcError | undefined): void {
    // A failure's latency says nothing about capacity, but running into the deadline does.
    this.done(latencyMs, error === undefined || error.code === Code.DEADLINE_EXCEEDED);
  }

  abandon(): void {
    this.running--;
  }

  gauges(): Gauges {
    return { limit: Math.floor(this.limit), running: this.running, longMs: this.longMs, shortMs: this.shortMs, refusals: this.refusals };
  }

  private change(): void {
    // What was never reached cannot be judged.
    const used = this.mostRunning >= this.limit / 2;
    this.mostRunning = this.running;
    // After a long overload "usual" must come down again, or latency that has become good would look like nothing.
    if (this.longMs > 2 * this.shortMs) this.longMs *= 0.95;
    if (!used) return;
    const gradient = Math.max(0.5, Math.min(1, (this.tolerance * this.longMs) / this.shortMs));
    const wanted = this.limit * gradient + Math.sqrt(this.limit);
    const smoothed = this.limit * (1 - SMOOTHING) + wanted * SMOOTHING;
    this.limit = Math.min(this.limitMax, Math.max(this.limitMin, smoothed));
  }
}
