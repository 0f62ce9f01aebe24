import type { ConnectivityState } from "../balance/balancer.js";
import { channelCreated } from "../call/current-call.js";
import type { Caller } from "../client/caller.js";
import { ChannelCaller } from "../client/channel-caller.js";
import { ChannelCore } from "./channel.js";
import type { ChannelOptions } from "./options.js";
import { resolveChannelOptions } from "./resolved-options.js";

/**
 * Calls to one target. It connects when the first call is made, keeps its
 * connections alive from then on, and does not keep the process alive while no
 * call runs.
 */
export interface Channel extends Caller, AsyncDisposable {
  readonly target: string;
  readonly state: ConnectivityState;
  /** Calls `listener` after each change of the state; the result stops that. */
  onStateChange(listener: (state: ConnectivityState) => void): () => void;
  /** Connects, and resolves once a call could be sent at once. Rejects with the signal's reason. */
  ready(signal?: AbortSignal): Promise<void>;
  /** Lets calls that run finish; new ones fail with CANCELLED. */
  close(): Promise<void>;
}

/**
 * `target`: "host:port", "dns://host:port", "static://a:1,b:2", "unix:///path",
 * or any scheme among `options.resolvers`. Throws a TypeError or RangeError for
 * options that make no sense.
 */
export function createChannel(target: string, options: ChannelOptions = {}): Channel {
  channelCreated();
  return new ManagedChannel(new ChannelCore(resolveChannelOptions(target, options)));
}

class ManagedChannel extends ChannelCaller implements Channel {
  constructor(core: ChannelCore) {
    super(core);
  }

  get target(): string {
    return this.core.options.target.text;
  }

  get state(): ConnectivityState {
    return this.core.state.current;
  }

  onStateChange(listener: (state: ConnectivityState) => void): () => void {
    return this.core.state.onChange(listener);
  }

  async ready(signal?: AbortSignal): Promise<void> {
    this.core.connect();
    const state = await this.core.state.reach(["ready", "shutdown"], signal);
    if (state === "shutdown") throw new Error("the channel is closed");
  }

  async close(): Promise<void> {
    this.core.close("the channel was closed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
