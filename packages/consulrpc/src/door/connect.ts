import type { DescService } from "@bufbuild/protobuf";
import {
  type BalancerFactory,
  balancerByName,
  type Channel,
  type ChannelOptions,
  type ClassClient,
  type Client,
  classClient,
  createChannel,
  createClient,
  Metadata,
  type Resolver,
} from "@consulrpc/grpc";
import { consulResolver } from "../discovery/consul-resolver.js";
import { cacheDirectory, diskLastGood } from "../discovery/disk.js";
import type { BeliefOptions } from "../discovery/endpoint-list.js";
import type { LastGood } from "../discovery/last-good.js";
import { type ContractSource, contractName } from "./bindings.js";
import { type ConsulSource, consulOf } from "./shared-consul.js";

export interface ConnectOptions extends Omit<ChannelOptions, "balance" | "resolvers"> {
  /** Where consul:// targets are looked up. @default CONSUL_HTTP_ADDR, else 127.0.0.1:8500 */
  readonly consul?: ConsulSource;
  /** A balancer's name ("round-robin", "least-loaded", ...), or one of your own. @default "round-robin" */
  readonly balance?: string | BalancerFactory;
  /** Sent as "authorization: Bearer ..." with every call; a function is asked each time. @default none */
  readonly token?: string | (() => string | Promise<string>);
  /** How much lists from Consul are believed. */
  readonly belief?: BeliefOptions;
  /** Where the last good list is kept over restarts; false: in memory only. @default a folder of the user's cache */
  readonly lastGood?: LastGood | false;
  /** More ways to find endpoints, by scheme. */
  readonly resolvers?: Readonly<Record<string, Resolver>>;
}

/** What every client can do besides its contract. */
export type Connected = AsyncDisposable;

const channels = new WeakMap<object, Channel>();

/**
 * A typed client: of a generated service, or of a class known by its type alone. It connects with its first call, and
 * keeps no process alive. `target`: consul://NAME (the default, by the contract's name), dns://, static://, unix:.
 */
export function connect<S extends DescService>(
  service: S,
  target?: string | ConnectOptions,
  options?: ConnectOptions,
): Client<S> & Connected;
export function connect<T>(name: string, target?: string | ConnectOptions, options?: ConnectOptions): ClassClient<T> & Connected;
export function connect(contract: ContractSource, target?: string | ConnectOptions, options?: ConnectOptions): object {
  const given = typeof target === "object" ? target : (options ?? {});
  const channel = openChannel(typeof target === "string" ? target : `consul://${contractName(contract)}`, given);
  const client: object = typeof contract === "string" ? classClient(channel, contract) : createClient(contract, channel);
  Object.defineProperty(client, Symbol.asyncDispose, { value: () => channel.close() });
  channels.set(client, channel);
  return client;
}

/** The channel under a client that `connect` made: its state, and `ready()`. */
export function channelOf(client: object): Channel {
  const channel = channels.get(client);
  if (channel === undefined) throw new TypeError("this is no client that connect() made");
  return channel;
}

/** A channel that also knows consul:// targets. */
export function openChannel(target: string, options: ConnectOptions = {}): Channel {
  const { consul, balance, token, belief, lastGood, resolvers, ...rest } = options;
  const kept = lastGood === false ? {} : { lastGood: lastGood ?? diskLastGood(cacheDirectory(process.env)) };
  return createChannel(target, {
    ...rest,
    ...(balance === undefined ? {} : { balance: typeof balance === "string" ? balancerByName(balance) : balance }),
    ...(token === undefined ? {} : { credentials: bearer(token) }),
    resolvers: { consul: consulResolver({ consul: consulOf(consul), ...kept, ...belief }), ...resolvers },
  });
}

function bearer(token: string | (() => string | Promise<string>)): NonNullable<ChannelOptions["credentials"]> {
  const metadata = (value: string): Metadata => new Metadata({ authorization: `Bearer ${value}` });
  if (typeof token === "string") {
    const fixed = metadata(token);
    return { metadata: () => fixed };
  }
  return {
    metadata: () => {
      const value = token();
      return typeof value === "string" ? metadata(value) : value.then(metadata);
    },
  };
}
