/** Time for everything in this package; a test or a simulator brings its own. */
export interface Clock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Runs `task` once after `delayMs`; the result cancels it. `background` timers do not keep the process alive. */
  after(delayMs: number, task: () => void, background?: boolean): () => void;
}

/** setTimeout's longest delay; longer ones are waited for in pieces by whoever asks. */
export const TIMER_DELAY_MAX_MS = 2_147_483_647;

export const realClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, task, background = false) {
    const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), TIMER_DELAY_MAX_MS));
    if (background) timer.unref();
    return () => clearTimeout(timer);
  },
};
