import type { Clock } from "./clock.js";

/** A clock for tests: time passes when `advance` is called. */
export class ManualClock implements Clock {
  private now = 0;
  private readonly timers = new Set<{ readonly atMs: number; readonly task: () => void }>();

  nowMs(): number {
    return this.now;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { atMs: this.now + delayMs, task };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Runs what becomes due, in order, each at its own time. */
  advance(byMs: number): void {
    const endMs = this.now + byMs;
    for (;;) {
      const [next] = [...this.timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.timers.delete(next);
      this.now = next.atMs;
      next.task();
    }
    this.now = endMs;
  }
}
