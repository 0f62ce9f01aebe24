import type { Clock } from "./clock.js";

/** A clock that stands still until it is told to move: timers run in the order of their due time, then of their creation. */
export class FakeClock implements Clock {
  #now: number;
  #monotonicMs = 0;
  #sequence = 0;
  readonly #timers = new Map<number, { readonly dueMs: number; readonly task: () => void }>();

  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const id = this.#sequence++;
    this.#timers.set(id, { dueMs: this.#monotonicMs + Math.max(0, delayMs), task });
    return () => {
      this.#timers.delete(id);
    };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves both times on, running what falls due on the way. */
  advance(milliseconds: number): void {
    const end = this.#monotonicMs + milliseconds;
    for (;;) {
      const next = [...this.#timers].filter(([, timer]) => timer.dueMs <= end).sort(([a, x], [b, y]) => x.dueMs - y.dueMs || a - b)[0];
      if (next === undefined) break;
      const [id, timer] = next;
      this.#timers.delete(id);
      this.#moveTo(Math.max(timer.dueMs, this.#monotonicMs));
      timer.task();
    }
    this.#moveTo(end);
  }

  /** The wall clock jumps; the monotonic one does not notice. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
  }

  #moveTo(monotonicMs: number): void {
    this.#now += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}
