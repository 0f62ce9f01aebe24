import type { Clock } from "./clock/clock.js";
import type { NewCommand } from "./http/context.js";
import { type Command, type CommandResult, StateError } from "./state/command.js";
import { decodeCommand, encodeCommand } from "./state/command-codec.js";
import { freeze, replaceState, restoreSlice } from "./state/snapshot.js";
import type { State } from "./state/state.js";
import type { Store } from "./store/store.js";

/** Logs shorter than this are not worth a snapshot. */
const LOG_BYTES_MIN = 64 * 1024 * 1024;

/** A log may grow to this many times the last snapshot. */
const LOG_GROWTH = 2;

interface Proposal {
  readonly command: Command;
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts commands in order: log, sync, apply, wake, answer. Without a store a command is applied at once.
 *
 * Commands of one turn of the event loop go to the store together, and the store syncs what arrives meanwhile together, so the
 * cost of a sync is shared by everybody who waits.
 */
export class Ledger {
  readonly #state: State;
  readonly #store: Store | undefined;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  #compacting = false;
  #waiting: Proposal[] = [];
  #order: Promise<void> = Promise.resolve();

  constructor(state: State, store: Store | undefined, clock: Clock, failed: (error: unknown) => void) {
    this.#failed = failed;
    this.#state = state;
    this.#store = store;
    this.#clock = clock;
  }

  /** Applies everything the store kept. */
  async load(): Promise<void> {
    await this.#store?.load((kind, record) => {
      if (kind === "slice") return restoreSlice(this.#state, record);
      try {
        this.#state.apply(decodeCommand(record));
      } catch (error) {
        // A refused command was logged before it was refused; it changed nothing then and changes nothing now.
        if (!(error instanceof StateError)) throw error;
      }
    });
  }

  /** @throws StateError (or rejects with it) when the state refuses the command. */
  propose(command: NewCommand): CommandResult | Promise<CommandResult> {
    const stamped = { ...command, nowMs: this.#clock.now() } as Command;
    if (this.#store === undefined) return this.#apply(stamped);
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ command: stamped, resolve, reject });
    });
  }

  /**
   * Puts a snapshot in the place of the state, on disk too. It is seen while it is being written; when it cannot be kept, what was
   * before is there again.
   */
  async restore(slices: readonly Uint8Array[]): Promise<void> {
    const store = this.#store;
    if (store === undefined) {
      replaceState(this.#state, slices);
      return;
    }
    if (this.#compacting) throw new StateError("a snapshot is being written: try again in a moment");
    this.#compacting = true;
    const before: Uint8Array[] = [];
    try {
      await store.compact(() => {
        before.push(...freeze(this.#state));
        replaceState(this.#state, slices);
        return freeze(this.#state);
      });
    } catch (error) {
      if (before.length > 0) replaceState(this.#state, before);
      throw error;
    } finally {
      this.#compacting = false;
    }
  }

  /** Waits for the proposals under way. */
  async close(): Promise<void> {
    this.#flush();
    await this.#order;
  }

  #flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0 || this.#store === undefined) return;
    this.#waiting = [];
    const kept = this.#store.append(batch.map((proposal) => encodeCommand(proposal.command)));
    // Promises of the store settle in the order of the calls, so batches are applied in that order.
    this.#order = kept.then(
      () => {
        for (const proposal of batch) this.#settle(proposal);
        this.#compactWhenLong();
      },
      (error: unknown) => {
        for (const proposal of batch) proposal.reject(error);
      },
    );
  }

  /** A log that has outgrown the state is replaced by a snapshot of it. */
  #compactWhenLong(): void {
    const store = this.#store;
    if (store === undefined || this.#compacting) return;
    if (store.logBytes < Math.max(LOG_BYTES_MIN, store.snapshotBytes * LOG_GROWTH)) return;
    this.#compacting = true;
    const finish = (): void => {
      this.#compacting = false;
    };
    store
      .compact(() => freeze(this.#state))
      .then(finish, (error: unknown) => {
        finish();
        this.#failed(error);
      });
  }

  #settle(proposal: Proposal): void {
    try {
      proposal.resolve(this.#apply(proposal.command));
    } catch (error) {
      proposal.reject(error);
    }
  }

  #apply(command: Command): CommandResult {
    return this.#state.apply(command);
  }
}
