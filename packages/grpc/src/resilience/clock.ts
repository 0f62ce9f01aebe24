/** Time and timers, so that tests need neither. */
export interface ResilienceClock {
  readonly nowMs: () => number;
  /** Runs `task` later; the returned function cancels it. Does not keep the process alive. */
  readonly after: (delayMs: number, task: () => void) => () => void;
}

export const systemClock: ResilienceClock = {
  nowMs: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Stands still until `advance`. */
export class ClockDouble implements ResilienceClock {
  atMs = 0;
  private timers: { atMs: number; task: () => void }[] = [];

  readonly nowMs = (): number => this.atMs;

  readonly after = (delayMs: number, task: () => void): (() => void) => {
    const timer = { atMs: this.atMs + delayMs, task };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };

  advance(durationMs: number): void {
    const untilMs = this.atMs + durationMs;
    for (;;) {
      const [next] = this.timers.filter((timer) => timer.atMs <= untilMs).sort((one, other) => one.atMs - other.atMs);
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.atMs = next.atMs;
      next.task();
    }
    this.atMs = untilMs;
  }
}
