import type { AgentContext } from "./http/context.js";

/** A tombstone lives at least this long, as in Consul, and at most twice as long. */
const TOMBSTONE_MS = 15 * 60_000;

/**
 * Lets tombstones go when every client that blocks on a listing has had time to see the deletion. Each turn reaps what was there
 * a turn ago.
 */
export class TombstoneReaper {
  readonly #context: AgentContext;
  #upTo = 0;
  #cancel: () => void = () => {};

  constructor(context: AgentContext) {
    this.#context = context;
  }

  start(): void {
    this.#cancel = this.#context.clock.after(TOMBSTONE_MS, () => {
      this.#reap();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }

  #reap(): void {
    const { state, failed, propose } = this.#context;
    const { tombstones, lockDelays } = state.tables;
    const upTo = this.#upTo;
    this.#upTo = state.index;
    if (tombstones.size === 0 && lockDelays.size === 0) return;
    const result = propose({ type: "reap-tombstones", upTo });
    if (result instanceof Promise) result.catch(failed);
  }
}
