import type { Clock } from "./clock/clock.js";
import { parseDuration } from "./http/go-duration.js";
import type { Session } from "./state/records.js";

/** A session may live this many times its TTL without being renewed: clients get the benefit of the doubt, as in Consul. */
const TTL_MULTIPLIER = 2;

/** Ends sessions that nobody renews. Timers are not kept on disk: after a restart every session gets its full time again. */
export class SessionTimers {
  readonly #clock: Clock;
  readonly #expire: (id: string) => void;
  readonly #timers = new Map<string, () => void>();

  constructor(clock: Clock, expire: (id: string) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** Starts the session's time anew. */
  renew(session: Session): void {
    const ttlNs = session.TTL === "" ? 0 : (parseDuration(session.TTL) ?? 0);
    if (ttlNs <= 0) return;
    this.forget(session.ID);
    const cancel = this.#clock.after((ttlNs / 1e6) * TTL_MULTIPLIER, () => {
      this.#timers.delete(session.ID);
      this.#expire(session.ID);
    });
    this.#timers.set(session.ID, cancel);
  }

  forget(id: string): void {
    this.#timers.get(id)?.();
    this.#timers.delete(id);
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
