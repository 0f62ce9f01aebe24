import type { Consul } from "@consulrpc/consul";
import { type CallOptions, type Channel, type ClassClient, Code, classClient, RpcError } from "@consulrpc/grpc";
import { type ConnectOptions, openChannel } from "./connect.js";
import { type ConsulSource, consulOf } from "./shared-consul.js";

/** Calls services that it knows by name alone. */
export interface NamedClient extends AsyncDisposable {
  /**
   * Calls "example.Echo/echo", or "example.Echo" where the contract has a single method, with the method's arguments.
   * What it answers with is the caller's to check.
   */
  call<T = unknown>(path: string, ...args: readonly unknown[]): Promise<T>;
  /** The same with call options. */
  with(options: CallOptions): NamedClient;
}

export type NewClientOptions = Omit<ConnectOptions, "consul">;

/** A client of everything that is registered in the Consul at `address`: `newClient("http://127.0.0.1:8500").call("example.Echo/echo", "hi")`. */
export function newClient(address?: ConsulSource, options: NewClientOptions = {}): NamedClient {
  return new ConsulNamedClient(consulOf(address), options);
}

type AnyClass = ClassClient<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

class ConsulNamedClient implements NamedClient {
  private readonly consul: Consul;
  private readonly options: NewClientOptions;
  private readonly channels: Map<string, Channel>;
  private readonly callOptions: CallOptions;

  constructor(consul: Consul, options: NewClientOptions, channels: Map<string, Channel> = new Map(), callOptions: CallOptions = {}) {
    this.consul = consul;
    this.options = options;
    this.channels = channels;
    this.callOptions = callOptions;
  }

  async call<T>(path: string, ...args: readonly unknown[]): Promise<T> {
    const slash = path.indexOf("/");
    const service = slash < 0 ? path : path.slice(0, slash);
    const meta = await this.metaOf(service);
    const method = slash < 0 ? meta.method : path.slice(slash + 1);
    if (method === undefined) {
      throw new RpcError(Code.INVALID_ARGUMENT, `${service} has several methods: say which, as in "${service}/method"`);
    }
    return (await this.invoke(service, method, args)) as T;
  }

  with(options: CallOptions): NamedClient {
    return new ConsulNamedClient(this.consul, this.options, this.channels, { ...this.callOptions, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.channels.values()].map((channel) => channel.close()));
    this.channels.clear();
  }

  private invoke(service: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const client: AnyClass = classClient(this.channelOf(service), service, { call: this.callOptions });
    const call = client[method];
    if (typeof call !== "function") throw new RpcError(Code.UNIMPLEMENTED, `${service} has no method ${JSON.stringify(method)}`);
    return call(...args);
  }

  private channelOf(service: string): Channel {
    let channel = this.channels.get(service);
    if (channel === undefined) {
      channel = openChannel(`consul://${service}`, { ...this.options, consul: this.consul });
      this.channels.set(service, channel);
    }
    return channel;
  }

  /** What an instance says of the contract. */
  private async metaOf(service: string): Promise<Readonly<Record<string, string>>> {
    const [entry] = await this.consul.health.service(service, { passing: true });
    if (entry === undefined) throw new RpcError(Code.NOT_FOUND, `service not found: no healthy instance of "${service}" is registered`);
    return entry.Service.Meta;
  }
}
