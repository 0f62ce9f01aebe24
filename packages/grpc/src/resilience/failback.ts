import { numberOption } from "../balance/options.js";
import { type ResilienceClock, systemClock } from "./clock.js";
import type { Gauges, ResilienceListener } from "./guard.js";

export interface FailbackOptions {
  /** Calls that wait; one more fails as if there were no failback. @default 1_000 */
  readonly queueMax?: number;
  /** Between two tries of a call. @default 5_000, as Dubbo */
  readonly delayMs?: number;
  /** Tries of a call before it is dropped, which `onEvent` is told of. @default 3 */
  readonly attemptsMax?: number;
  readonly onEvent?: ResilienceListener;
  readonly clock?: ResilienceClock;
}

/** Failed calls that are made again later. What waits is lost when the process ends. */
export class Failback {
  private readonly queueMax: number;
  private readonly delayMs: number;
  private readonly attemptsMax: number;
  private readonly onEvent: ResilienceListener | undefined;
  private readonly clock: ResilienceClock;
  private readonly cancels = new Set<() => void>();
  private running = 0;
  private dropped = 0;
  private recovered = 0;
  private closed = false;

  constructor(options: FailbackOptions = {}) {
    this.queueMax = numberOption("failback.queueMax", options.queueMax, 1_000, { min: 1, max: 1_000_000, integer: true });
    this.delayMs = numberOption("failback.delayMs", options.delayMs, 5_000, { min: 1 });
    this.attemptsMax = numberOption("failback.attemptsMax", options.attemptsMax, 3, { min: 1, integer: true });
    this.onEvent = options.onEvent;
    this.clock = options.clock ?? systemClock;
  }

  /** False: the queue is full, the caller keeps its error. */
  add(call: () => Promise<unknown>): boolean {
    if (this.closed || this.cancels.size + this.running >= this.queueMax) return false;
    this.schedule(call, 1);
    return true;
  }

  close(): void {
    this.closed = true;
    for (const cancel of this.cancels) cancel();
    this.cancels.clear();
  }

  gauges(): Gauges {
    return { waiting: this.cancels.size + this.running, dropped: this.dropped, recovered: this.recovered };
  }

  private schedule(call: () => Promise<unknown>, attempt: number): void {
    const cancel = this.clock.after(this.delayMs, () => {
      this.cancels.delete(cancel);
      void this.run(call, attempt);
    });
    this.cancels.add(cancel);
  }

  private async run(call: () => Promise<unknown>, attempt: number): Promise<void> {
    this.running++;
    try {
      await call();
      this.recovered++;
    } catch (thrown) {
      if (this.closed) return;
      if (attempt < this.attemptsMax) {
        this.schedule(call, attempt + 1);
        return;
      }
      this.dropped++;
      this.onEvent?.({ part: "failback", kind: "dropped", subject: undefined, detail: String(thrown) });
    } finally {
      this.running--;
    }
  }
}
