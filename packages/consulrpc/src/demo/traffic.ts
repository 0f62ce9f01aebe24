import { nowMs, pause } from "./clock.js";

export interface Count {
  readonly calls: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers by instance. */
  readonly byInstance: ReadonlyMap<string, number>;
  readonly lastFailure: string | undefined;
}

/** A call that says which instances answered. */
export type Call = (turn: number) => Promise<readonly string[]>;

const PAUSE_MS = 5;

/** Calls without end, `workers` at a time, and counts. */
export class Traffic {
  private readonly running: Promise<void>;
  private takenMs: number[] = [];
  private byInstance = new Map<string, number>();
  private lastFailure: string | undefined;
  private failed = 0;
  private turn = 0;
  /** Since the start. */
  callsInAll = 0;
  failedInAll = 0;

  constructor(call: Call, workers: number, signal: AbortSignal) {
    this.running = Promise.all(Array.from({ length: workers }, () => this.work(call, signal))).then(() => {});
  }

  /** What happened since the last time it was asked. */
  take(): Count {
    const sorted = this.takenMs.sort((left, right) => left - right);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    const count = {
      calls: sorted.length,
      failed: this.failed,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      byInstance: this.byInstance,
      lastFailure: this.lastFailure,
    };
    this.takenMs = [];
    this.byInstance = new Map();
    this.failed = 0;
    return count;
  }

  /** Resolves when the calls that were running have ended. */
  ended(): Promise<void> {
    return this.running;
  }

  private async work(call: Call, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAtMs = nowMs();
      try {
        const by = await call(++this.turn);
        this.callsInAll++;
        this.takenMs.push(nowMs() - startedAtMs);
        for (const instance of by) this.byInstance.set(instance, (this.byInstance.get(instance) ?? 0) + 1);
      } catch (error) {
        // Ctrl-C reaches the instances too: what fails while all of it ends is no failure.
        if (signal.aborted) return;
        this.failed++;
        this.failedInAll++;
        this.lastFailure = (error as Error).message;
      }
      await pause(PAUSE_MS, signal);
    }
  }
}
