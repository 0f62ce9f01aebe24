/** User events: a ring of the last ones. They are hints, kept in memory only, and lost when the agent stops, as in Consul. */
export interface UserEvent {
  readonly ID: string;
  readonly Name: string;
  /** Base64; null when empty. */
  readonly Payload: string | null;
  readonly NodeFilter: string;
  readonly ServiceFilter: string;
  readonly TagFilter: string;
  readonly Version: number;
  readonly LTime: number;
}

const EVENTS_MAX = 256;

export class EventRing {
  readonly #events: UserEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #lamportTime = 1;

  /** Adds an event; the oldest is forgotten when the ring is full. */
  fire(event: Omit<UserEvent, "LTime" | "Version">): UserEvent {
    this.#lamportTime++;
    const fired: UserEvent = { ...event, Version: 1, LTime: this.#lamportTime };
    this.#events.push(fired);
    if (this.#events.length > EVENTS_MAX) this.#events.shift();
    for (const wake of [...this.#waiting]) wake();
    return fired;
  }

  list(): readonly UserEvent[] {
    return this.#events;
  }

  /** Calls back at every event until the returned function is called. */
  watch(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => {
      this.#waiting.delete(wake);
    };
  }
}
