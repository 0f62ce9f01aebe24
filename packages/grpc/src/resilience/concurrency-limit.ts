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

/** Share of a new latency in the short average: some 20 calls. */
const SHORT_SHARE = 1 / 20;
const SMOOTHING = 0.2;
/** Calls between two changes of the limit. */
const CALLS_PER_CHANGE = 10;
/** How often usual latency is measured anew, with a quarter of the limit and over so many calls. */
const PROBE_EVERY_MS = 30_000;
const PROBE_CALLS = 100;

/**
 * Finds by itself how many calls at the same time the other side, or this
 * server, can take: while latency stays usual the limit grows, when it grows the
 * limit falls (the gradient of Netflix's concurrency-limits). Calls above it are
 * refused at once instead of waiting in a queue that nobody sees. Usual is the
 * least average seen; every 30 s it is measured anew with fewer calls (as Envoy's
 * adaptive concurrency and BBR do), since an average over time would take a long
 * overload for usual.
 */
export class ConcurrencyLimit implements Guard {
  private readonly limitMin: number;
  private readonly limitMax: number;
  private readonly tolerance: number;
  private limit: number;
  private running = 0;
  private usualMs = 0;
  private shortMs = 0;
  private probeAtMs: number | undefined;
  private probeCallsLeft = 0;
  private limitBeforeProbe = 0;
  private oldCallsLeft = 0;
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

  done(nowMs: number, latencyMs: number, counts: boolean): void {
    this.running--;
    if (!counts) return;
    this.shortMs = this.shortMs === 0 ? latencyMs : this.shortMs + (latencyMs - this.shortMs) * SHORT_SHARE;
    if (this.probeCallsLeft > 0) {
      this.probe();
      return;
    }
    if (--this.callsUntilChange > 0) return;
    this.callsUntilChange = CALLS_PER_CHANGE;
    this.probeAtMs ??= nowMs + PROBE_EVERY_MS;
    if (nowMs >= this.probeAtMs) this.startProbe(nowMs);
    else this.change();
  }

  enter(call: Call): RpcError | undefined {
    if (this.admit()) return undefined;
    const message = `concurrency limit of ${call.method.path} is reached: ${this.running} calls run, the limit is ${Math.floor(this.limit)}`;
    return new RpcError(Code.RESOURCE_EXHAUSTED, message);
  }

  leave(_call: Call, nowMs: number, latencyMs: number, error: RpcError | undefined): void {
    // A failure's latency says nothing about capacity, but running into the deadline does.
    this.done(nowMs, latencyMs, error === undefined || error.code === Code.DEADLINE_EXCEEDED);
  }

  abandon(): void {
    this.running--;
  }

  gauges(): Gauges {
    return { limit: Math.floor(this.limit), running: this.running, usualMs: this.usualMs, shortMs: this.shortMs, refusals: this.refusals };
  }

  private change(): void {
    // What was never reached cannot be judged.
    const used = this.mostRunning >= this.limit / 2;
    this.mostRunning = this.running;
    if (this.usualMs === 0 || this.shortMs < this.usualMs) this.usualMs = this.shortMs;
    if (!used) return;
    const gradient = Math.max(0.5, Math.min(1, (this.tolerance * this.usualMs) / this.shortMs));
    const wanted = this.limit * gradient + Math.sqrt(this.limit);
    const smoothed = this.limit * (1 - SMOOTHING) + wanted * SMOOTHING;
    this.limit = Math.min(this.limitMax, Math.max(this.limitMin, smoothed));
  }

  private startProbe(nowMs: number): void {
    this.probeAtMs = nowMs + PROBE_EVERY_MS;
    this.probeCallsLeft = PROBE_CALLS;
    this.limitBeforeProbe = this.limit;
    this.limit = Math.max(this.limitMin, this.limit / 4);
    this.oldCallsLeft = this.running;
  }

  /** Calls that began under the full limit tell of that one: they are let pass first. */
  private probe(): void {
    if (this.oldCallsLeft-- > 0) {
      this.shortMs = this.usualMs;
      return;
    }
    if (--this.probeCallsLeft > 0) return;
    this.usualMs = this.shortMs;
    this.limit = this.limitBeforeProbe;
  }
}
