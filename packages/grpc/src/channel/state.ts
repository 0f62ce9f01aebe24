import type { ConnectivityState } from "../balance/balancer.js";

type Listener = (state: ConnectivityState) => void;

/** A channel's connectivity, to read and to watch; it tells the latest state, not every one in between. */
export class ChannelState {
  private state: ConnectivityState = "idle";
  private readonly listeners = new Set<Listener>();

  get current(): ConnectivityState {
    return this.state;
  }

  set(state: ConnectivityState): void {
    if (this.state === state || this.state === "shutdown") return;
    this.state = state;
    for (const listener of [...this.listeners]) listener(state);
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves in one of `wanted`; rejects when `signal` aborts. */
  reach(wanted: readonly ConnectivityState[], signal: AbortSignal | undefined): Promise<ConnectivityState> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        stop();
        reject(signal?.reason);
      };
      const check = (state: ConnectivityState): void => {
        if (!wanted.includes(state)) return;
        stop();
        signal?.removeEventListener("abort", abort);
        resolve(state);
      };
      const stop = this.onChange(check);
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      check(this.state);
    });
  }
}
