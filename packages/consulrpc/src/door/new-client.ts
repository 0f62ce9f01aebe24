import { type CallOptions, type Channel, type NameClient, type NamedCall, nameClient } from "@consulrpc/grpc";
import { type ConnectOptions, openChannel } from "./connect.js";
import { type ConsulSource, consulOf } from "./shared-consul.js";

/** Calls services that it knows by name alone: `const { reply } = await client.call("example.Echo/echo", "hi")`. */
export interface NamedClient extends NameClient, AsyncDisposable {
  with(options: CallOptions): NamedClient;
}

export type NewClientOptions = Omit<ConnectOptions, "consul">;

/** A client of everything that is registered in the Consul at `address`. What a service is, its reflection says, once. */
export function newClient(address?: ConsulSource, options: NewClientOptions = {}): NamedClient {
  const consul = consulOf(address);
  const channels = new Map<string, Channel>();
  const channelOf = (service: string): Channel => {
    let channel = channels.get(service);
    if (channel === undefined) {
      channel = openChannel(`consul://${service}`, { ...options, consul });
      channels.set(service, channel);
    }
    return channel;
  };
  return new ConsulNamedClient(channels, nameClient(channelOf));
}

class ConsulNamedClient implements NamedClient {
  private readonly channels: Map<string, Channel>;
  private readonly named: NameClient;

  constructor(channels: Map<string, Channel>, named: NameClient) {
    this.channels = channels;
    this.named = named;
  }

  call<T>(path: string, ...args: readonly unknown[]): NamedCall<T> {
    return this.named.call<T>(path, ...args);
  }

  with(options: CallOptions): NamedClient {
    return new ConsulNamedClient(this.channels, this.named.with(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.channels.values()].map((channel) => channel.close()));
    this.channels.clear();
  }
}
