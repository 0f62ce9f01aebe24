import { numberOption, shown } from "../balance/options.js";
import { Code } from "../call/code.js";
import type { Call } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import { SHARED_KEY_PREFIX, type SharedStore, updateShared } from "../shared/shared-store.js";
import type { Gauges, Guard, ResilienceListener } from "./guard.js";
import { TokenBucket } from "./rate-limit.js";

export interface LeasedRateLimitOptions {
  /** Processes with the same name share the limit. */
  readonly name: string;
  /** Of all processes together. */
  readonly callsPerSecond: number;
  readonly store: SharedStore;
  /** Calls that are taken from the store at once. More means fewer round trips, and more that may stay unused. @default a twentieth of a second's calls */
  readonly lease?: number;
  /** How many processes there may be: while the store cannot be reached each keeps to its part of the limit. @default 10 */
  readonly processes?: number;
  /** Unix time, which processes share. @default Date.now */
  readonly nowMs?: () => number;
  readonly onEvent?: ResilienceListener;
}

const WINDOW_MS = 1_000;
/** After a failure the store is left alone for so long. */
const STORE_REST_MS = 1_000;

/**
 * One rate limit for many processes. Each takes leases of calls from a counter in
 * the store, before it needs them: no call waits for the network. In one window
 * of a second no more is leased than the limit allows; a process may use the rest of a
 * lease in the next window, so at most `lease` calls x processes come above the
 * limit in one second, and none over time. The first calls of a process, and
 * all while the store is lost, go by a local limit of callsPerSecond / processes.
 */
export class LeasedRateLimit implements Guard {
  private readonly options: LeasedRateLimitOptions;
  private readonly lease: number;
  private readonly nowMs: () => number;
  private readonly local: TokenBucket;
  private leased = 0;
  private leasedWindow = -1;
  private asking = false;
  /** The window whose calls are all leased: asking again is of no use. */
  private emptyWindow = -1;
  private storeRestsUntilMs = 0;
  private refusals = 0;
  private storeLost = false;
  private heardFromStore = false;

  constructor(options: LeasedRateLimitOptions) {
    if (typeof options.name !== "string" || options.name === "")
      throw new TypeError(`leasedRateLimit.name must be a name, got ${shown(options.name)}`);
    const rate = numberOption("leasedRateLimit.callsPerSecond", options.callsPerSecond ?? null, 0, { min: 1 });
    this.lease = numberOption("leasedRateLimit.lease", options.lease, Math.max(1, Math.floor(rate / 20)), {
      min: 1,
      max: rate,
      integer: true,
    });
    const processes = numberOption("leasedRateLimit.processes", options.processes, 10, { min: 1, integer: true });
    this.options = options;
    this.nowMs = options.nowMs ?? Date.now;
    this.local = new TokenBucket(rate / processes, Math.max(1, rate / processes), this.nowMs());
  }

  enter(): RpcError | undefined {
    const nowMs = this.nowMs();
    if (this.take(nowMs)) return undefined;
    this.refusals++;
    const { callsPerSecond, name } = this.options;
    return new RpcError(Code.RESOURCE_EXHAUSTED, `rate limit "${name}" of ${callsPerSecond} calls a second over all processes is reached`);
  }

  leave(_call: Call): void {}

  abandon(): void {
    this.leased++;
  }

  gauges(): Gauges {
    return { leased: this.leased, refusals: this.refusals, storeLost: this.storeLost ? 1 : 0 };
  }

  private take(nowMs: number): boolean {
    const window = Math.floor(nowMs / WINDOW_MS);
    // A lease is good for its window and the next: older ones were given back by time.
    if (this.leased > 0 && window - this.leasedWindow > 1) this.leased = 0;
    if (this.leased <= this.lease / 2) this.ask(window, nowMs);
    if (this.leased > 0) {
      this.leased--;
      return true;
    }
    return (this.storeLost || !this.heardFromStore) && this.local.take(nowMs);
  }

  private ask(window: number, nowMs: number): void {
    if (this.asking || this.emptyWindow === window || nowMs < this.storeRestsUntilMs) return;
    this.asking = true;
    void this.askStore(window);
  }

  private async askStore(window: number): Promise<void> {
    const { store, name, callsPerSecond, onEvent } = this.options;
    let granted = 0;
    try {
      await updateShared(
        store,
        `${SHARED_KEY_PREFIX}/rate-limit/${name}/${window}`,
        (value) => {
          const taken = Number(value ?? 0);
          granted = Math.max(0, Math.min(this.lease, Math.floor(callsPerSecond) - taken));
          return String(taken + granted);
        },
        10 * WINDOW_MS,
      );
      if (this.storeLost) onEvent?.({ part: "rate-limit", kind: "store-back", subject: name });
      this.storeLost = false;
      this.heardFromStore = true;
      if (granted === 0) this.emptyWindow = window;
      this.leased += granted;
      this.leasedWindow = window;
    } catch (thrown) {
      if (!this.storeLost) onEvent?.({ part: "rate-limit", kind: "store-lost", subject: name, detail: String(thrown) });
      this.storeLost = true;
      this.storeRestsUntilMs = this.nowMs() + STORE_REST_MS;
    } finally {
      this.asking = false;
    }
  }
}
