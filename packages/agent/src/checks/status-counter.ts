import type { CheckOutcome } from "./check-runner.js";

/**
 * SuccessBeforePassing, FailuresBeforeWarning and FailuresBeforeCritical: how many runs of one kind in a row it takes. The very
 * first run counts as if the threshold had been reached, so that a new check is known at once. A warning counts as a success.
 */
export class StatusCounter {
  readonly #successesNeeded: number;
  readonly #warningAfter: number;
  readonly #criticalAfter: number;
  #successes: number;
  #failures: number;

  constructor(successBeforePassing: number, failuresBeforeWarning: number, failuresBeforeCritical: number) {
    this.#successesNeeded = successBeforePassing;
    this.#criticalAfter = failuresBeforeCritical;
    this.#warningAfter = failuresBeforeWarning > 0 ? failuresBeforeWarning : failuresBeforeCritical;
    this.#successes = successBeforePassing;
    this.#failures = failuresBeforeCritical;
  }

  /** What to report after this run; undefined when it changes nothing yet. */
  count(outcome: CheckOutcome): CheckOutcome | undefined {
    if (outcome.status !== "critical") {
      this.#successes++;
      this.#failures = 0;
      return this.#successes >= this.#successesNeeded ? outcome : undefined;
    }
    this.#failures++;
    this.#successes = 0;
    if (this.#failures >= this.#criticalAfter) return outcome;
    return this.#failures >= this.#warningAfter ? { ...outcome, status: "warning" } : undefined;
  }
}
