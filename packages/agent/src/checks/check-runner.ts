/**
 * The seam between the agent's local state (which owns the checks) and what runs them.
 *
 * The local state validates a definition with `checkProblem`, adds it here, and applies what `report` and `reap` tell it.
 */
import type { CheckDefinition } from "./check-definition.js";

export type CheckStatus = "passing" | "warning" | "critical";

/** What one run found. `output` is already cut to the definition's output limit when it reaches `report`. */
export interface CheckOutcome {
  readonly status: CheckStatus;
  readonly output: string;
}

export interface CheckEvents {
  /**
   * A check's status or output, after SuccessBeforePassing and its siblings. Called for every run that changes one of the two;
   * it is the receiver's business to hold back output-only changes.
   */
  report(checkId: string, outcome: CheckOutcome): void;
  /** The check has been critical for longer than its DeregisterCriticalServiceAfter: its service is to be deregistered. */
  reap(checkId: string, serviceId: string): void;
  /**
   * What an alias check mirrors: the checks of the service and those of its node (which have no service), as the agent knows them
   * when `node` is empty and as the catalog does otherwise; undefined when there is no such service.
   */
  aliased(node: string, serviceId: string): readonly AliasedCheck[] | undefined;
}

export interface AliasedCheck extends CheckOutcome {
  readonly id: string;
  readonly name: string;
}

export interface CheckRunner {
  /**
   * Begins to run the check; one of the same id is replaced (its counters start anew, its schedule too). Nothing runs in the
   * same turn: the first run comes after a random part of the interval, as in Consul.
   */
  add(checkId: string, definition: CheckDefinition, initial?: CheckOutcome): void;
  /** Stops the check; an attempt under way is cancelled and its result dropped. Removing an unknown id does nothing. */
  remove(checkId: string): void;
  /** A TTL check's word from outside. False when the id is not a TTL check of this runner. */
  beat(checkId: string, outcome: CheckOutcome): boolean;
  /** Tells the alias checks that something they mirror may have changed. */
  aliasesChanged(): void;
  close(): Promise<void>;
}
