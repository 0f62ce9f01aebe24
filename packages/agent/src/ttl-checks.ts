import type { CheckDefinition } from "./checks/check-definition.js";
import type { CheckEvents, CheckOutcome, CheckRunner } from "./checks/check-runner.js";
import type { Clock } from "./clock/clock.js";

/** Runs TTL checks only; stands in until the runner of all kinds is there. */
export class TtlChecks implements CheckRunner {
  readonly #clock: Clock;
  readonly #events: CheckEvents;
  readonly #timers = new Map<string, { readonly ttlMs: number; cancel: () => void }>();

  constructor(clock: Clock, events: CheckEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  add(checkId: string, definition: CheckDefinition): void {
    this.remove(checkId);
    if (definition.ttlMs === undefined || definition.ttlMs <= 0) return;
    this.#timers.set(checkId, { ttlMs: definition.ttlMs, cancel: this.#start(checkId, definition.ttlMs) });
  }

  remove(checkId: string): void {
    this.#timers.get(checkId)?.cancel();
    this.#timers.delete(checkId);
  }

  beat(checkId: string, outcome: CheckOutcome): boolean {
    const timer = this.#timers.get(checkId);
    if (timer === undefined) return false;
    timer.cancel();
    timer.cancel = this.#start(checkId, timer.ttlMs);
    this.#events.report(checkId, outcome);
    return true;
  }

  aliasesChanged(): void {}

  async close(): Promise<void> {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #start(checkId: string, ttlMs: number): () => void {
    return this.#clock.after(ttlMs, () => this.#events.report(checkId, { status: "critical", output: "TTL expired" }));
  }
}
