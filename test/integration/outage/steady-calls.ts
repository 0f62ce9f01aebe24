import { RpcError } from "@consulrpc/grpc";

export interface SteadyClient {
  whoAmI(): Promise<string>;
}

/** Calls without a pause, retries off, until `stop`; counts who answered and keeps what failed. */
export class SteadyCalls {
  /** By instance. */
  readonly answered: Map<string, number> = new Map();
  readonly failures: string[] = [];
  private readonly client: SteadyClient;
  private readonly callers: Promise<void>[];
  private stopped = false;
  /** Addresses that died: what fails there is no failure of discovery. */
  readonly dead: Set<string> = new Set();

  constructor(client: SteadyClient, concurrency: number) {
    this.client = client;
    this.callers = Array.from({ length: concurrency }, () => this.caller());
  }

  get total(): number {
    let total = 0;
    for (const count of this.answered.values()) total += count;
    return total;
  }

  /** Resolves when somebody of that name has answered a call begun after now; rejects after `withinMs`. */
  async until(instance: string, withinMs: number): Promise<number> {
    const before = this.answered.get(instance) ?? 0;
    const startedAtMs = performance.now();
    while ((this.answered.get(instance) ?? 0) === before) {
      if (performance.now() - startedAtMs > withinMs) throw new Error(`${instance} answered no call within ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return performance.now() - startedAtMs;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.callers);
  }

  private async caller(): Promise<void> {
    while (!this.stopped) {
      try {
        const instance = await this.client.whoAmI();
        this.answered.set(instance, (this.answered.get(instance) ?? 0) + 1);
      } catch (error) {
        const text = error instanceof RpcError ? error.message : String(error);
        if (![...this.dead].some((address) => text.includes(address))) this.failures.push(text);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      // callers share the loop with nine servers and a registry: one turn each
      await new Promise(setImmediate);
    }
  }
}
