/** Monotonic time and waiting, injected so that tests own them. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back, whatever happens to the wall clock. */
  nowMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. `background`: does not keep the process alive. */
  sleep(ms: number, signal?: AbortSignal, background?: boolean): Promise<void>;
  /** Runs `run` after `ms`, unless the result is called before. `background`: does not keep the process alive. */
  after(ms: number, run: () => void, background?: boolean): () => void;
  /** Milliseconds since 1970, as people set them: may jump either way. */
  wallMs(): number;
  /** Uniform in [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal, background = false) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      if (background) timer.unref();
      signal?.addEventListener("abort", done);
    }),
  after: (ms, run, background = false) => {
    const timer = setTimeout(run, ms);
    if (background) timer.unref();
    return () => clearTimeout(timer);
  },
  wallMs: () => Date.now(),
  random: Math.random,
};
