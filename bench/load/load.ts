/** What is done over and over, once a turn. */
export interface Load {
  /** Starts one turn of a worker. The loop awaits it: wrap it in no further promise than the client's own. */
  call(worker: number): Promise<unknown>;
  /** How many answers that was (a stream brings many). Throws when an answer is wrong. */
  check(answer: unknown): number;
}

/** What a round measured; the same fields as bench/peers/go/load.go. */
export interface RoundResult {
  readonly count: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** With many calls in flight reading the clock for each would cost as much as a part of a call: one in this many is timed. */
const TIMED_EVERY = 16;
const TIMED_ALL_BELOW_CONCURRENCY = 64;

/** `concurrency` workers, each with one turn in flight. */
export async function closedLoop(load: Load, concurrency: number, durationMs: number): Promise<RoundResult> {
  const timedEvery = concurrency < TIMED_ALL_BELOW_CONCURRENCY ? 1 : TIMED_EVERY;
  const takenMs: number[] = [];
  let count = 0;
  let running = true;
  const startedAtMs = performance.now();
  const timer = setTimeout(() => {
    running = false;
  }, durationMs);
  const work = async (worker: number): Promise<void> => {
    for (let turn = worker; running; turn++) {
      if (turn % timedEvery === 0) {
        const before = performance.now();
        const answer = await load.call(worker);
        count += load.check(answer);
        takenMs.push(performance.now() - before);
      } else {
        // Not `count += check(await ...)`: that reads count before it waits, and forgets what others added meanwhile.
        const answer = await load.call(worker);
        count += load.check(answer);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, (_, worker) => work(worker)));
  } finally {
    clearTimeout(timer);
  }
  return summary(count, performance.now() - startedAtMs, takenMs);
}

/** Turns start when they are due, whether earlier ones have ended or not; a turn's time runs from when it was due. */
export async function openLoop(load: Load, ratePerSecond: number, durationMs: number): Promise<RoundResult> {
  const calls = Math.floor((ratePerSecond * durationMs) / 1000);
  const startedAtMs = performance.now();
  const takenMs: number[] = [];
  const inFlight: Promise<void>[] = [];
  const failures: unknown[] = [];
  const start = async (dueMs: number): Promise<void> => {
    try {
      load.check(await load.call(0));
      takenMs.push(performance.now() - dueMs);
    } catch (error) {
      failures.push(error);
    }
  };
  for (let call = 0; call < calls && failures.length === 0; ) {
    for (const now = performance.now(); call < calls; call++) {
      const dueMs = startedAtMs + (call * 1000) / ratePerSecond;
      if (dueMs > now) break;
      inFlight.push(start(dueMs));
    }
    // Timers are a millisecond apart at best; a turn of the loop is not, and the client has its core for itself.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(inFlight);
  if (failures.length > 0) throw failures[0];
  return summary(calls, performance.now() - startedAtMs, takenMs);
}

function summary(count: number, tookMs: number, takenMs: readonly number[]): RoundResult {
  const sorted = Float64Array.from(takenMs).sort();
  const at = (share: number): number => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN) * 1000;
  return { count, seconds: tookMs / 1000, p50Us: at(0.5), p99Us: at(0.99) };
}
