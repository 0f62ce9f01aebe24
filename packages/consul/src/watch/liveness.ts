import { ConsulError } from "../consul-error.js";
import type { Requester } from "../http/requester.js";
import type { SharedQuery } from "./shared-query.js";

/** While anything is watched, Consul is asked this often whether it is there: a long poll over a dead path would not tell. */
export const LIVENESS_INTERVAL_MS = 750;
/** An answer later than this counts as none. */
export const LIVENESS_TIMEOUT_MS = 1_000;

/**
 * Finds out within seconds that a path to Consul went silent (a partition, a black hole), and that it is back. A poll
 * that waits on a silent path is given up and begun anew.
 */
export class Liveness {
  private readonly requester: Requester;
  private readonly queries: () => readonly SharedQuery[];
  private running = false;

  constructor(requester: Requester, queries: () => readonly SharedQuery[]) {
    this.requester = requester;
    this.queries = queries;
  }

  /** There is something to watch over; the probing ends by itself when there is nothing any more. */
  wanted(): void {
    if (this.running) return;
    this.running = true;
    void this.run().finally(() => {
      this.running = false;
      if (this.queries().length > 0) this.wanted();
    });
  }

  private async run(): Promise<void> {
    const { clock } = this.requester;
    let alive = true;
    await clock.sleep(LIVENESS_INTERVAL_MS, undefined, true);
    while (this.queries().length > 0) {
      const wasAlive: boolean = alive;
      alive = await this.probe();
      if (alive !== wasAlive) this.turned(alive);
      await clock.sleep(LIVENESS_INTERVAL_MS * (0.9 + clock.random() / 5), undefined, true);
    }
  }

  /** Any answer is a sign of life, also an error; only silence is not. */
  private async probe(): Promise<boolean> {
    try {
      await this.requester.send({
        method: "GET",
        path: "status/leader",
        background: true,
        attemptsMax: 1,
        options: { timeoutMs: LIVENESS_TIMEOUT_MS },
      });
      return true;
    } catch (error) {
      return error instanceof ConsulError && !error.unreachable;
    }
  }

  private turned(alive: boolean): void {
    this.requester.forgetConnections();
    for (const query of this.queries()) {
      if (!alive) query.fail(new Error(`no sign of life within ${LIVENESS_TIMEOUT_MS} ms`));
      query.restart();
    }
  }
}
