/** Time, as everything in the agent sees it. The only other implementation is FakeClock, for tests. */
export interface Clock {
  /** Wall time in milliseconds since 1970; may jump. For what is shown and stored, never for measuring. */
  now(): number;
  /** Milliseconds that only ever grow; for deadlines, intervals and durations. */
  monotonicMs(): number;
  /** Runs `task` once after `delayMs`. The returned function cancels it and may be called at any time. Does not keep the process alive. */
  after(delayMs: number, task: () => void): () => void;
}

/** Node's longest timer; a longer wait is cut to it. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(Math.max(0, delayMs), TIMER_MS_MAX));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
