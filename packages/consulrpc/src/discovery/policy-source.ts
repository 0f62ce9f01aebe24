import { type Consul, type KVPair, type ServiceResolver, type Watch, watch } from "@consulrpc/consul";
import type { Endpoint, ServiceConfig } from "@consulrpc/grpc";
import {
  applyWeights,
  type PolicyEntry,
  parsePolicyEntry,
  serviceConfigOfMeta,
  serviceConfigOfPolicyEntry,
  serviceConfigOfServiceResolver,
} from "@consulrpc/grpc/balance";

/** Below it, one key a service holds its policy and weights, in the format of grpc's `PolicyEntry`. */
export const POLICY_PREFIX = "consulrpc/balance/";

/**
 * How callers of one service choose, where Consul says so: the key `consulrpc/balance/NAME`, else the LoadBalancer of
 * the service's `service-resolver` entry, else meta "balance" of its instances. What cannot be read is told once, and
 * the last good policy stays. All services share two watches.
 */
export class PolicySource {
  private readonly service: string;
  private readonly log: (line: string) => void;
  private readonly keys: Watch<KVPair[]>;
  private readonly resolvers: Watch<ServiceResolver[]>;
  private readonly told = new Set<string>();
  private entryText = "";
  private entry: PolicyEntry | undefined;
  private configText = "";
  private config: ServiceConfig | undefined;

  constructor(consul: Consul, service: string, signal: AbortSignal, onChange: () => void, log: (line: string) => void) {
    this.service = service;
    this.log = log;
    const background = { signal, background: true } as const;
    this.keys = watch(consul.kv.list, POLICY_PREFIX, background);
    this.resolvers = watch(consul.config.entries("service-resolver"), background);
    for (const source of [this.keys, this.resolvers] as readonly Watch<unknown>[]) void follow(source, onChange);
  }

  /** The service config for these endpoints: the same object for as long as it says the same. */
  configFor(endpoints: readonly Endpoint[]): ServiceConfig | undefined {
    const config = this.fromKey() ?? this.fromResolver() ?? this.fromMeta(endpoints);
    const text = JSON.stringify(config) ?? "";
    if (text !== this.configText) {
      this.configText = text;
      this.config = config;
    }
    return this.config;
  }

  weighted(endpoints: readonly Endpoint[]): readonly Endpoint[] {
    this.readEntry();
    return this.entry === undefined ? endpoints : applyWeights(endpoints, this.entry);
  }

  private fromKey(): ServiceConfig | undefined {
    this.readEntry();
    return this.entry?.policy === undefined ? undefined : serviceConfigOfPolicyEntry(this.entry);
  }

  private readEntry(): void {
    const pair = this.keys.current?.find(({ Key }) => Key === POLICY_PREFIX + this.service);
    const text = pair?.Value.toString("utf8") ?? "";
    if (text === this.entryText) return;
    this.entryText = text;
    if (text === "") this.entry = undefined;
    else this.entry = this.readable(`the key ${POLICY_PREFIX}${this.service}`, () => parsePolicyEntry(text)) ?? this.entry;
  }

  private fromResolver(): ServiceConfig | undefined {
    const entry = this.resolvers.current?.find(({ Name }) => Name === this.service);
    if (entry === undefined) return undefined;
    return this.readable(`the service-resolver of ${this.service}`, () => serviceConfigOfServiceResolver(entry));
  }

  private fromMeta(endpoints: readonly Endpoint[]): ServiceConfig | undefined {
    const saying = endpoints.find(({ metadata }) => metadata.balance !== undefined);
    return saying === undefined ? undefined : this.readable(`meta balance of ${saying.id}`, () => serviceConfigOfMeta(saying.metadata));
  }

  private readable<T>(what: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const line = `${what} is not used: ${error instanceof Error ? error.message : String(error)}`;
      if (!this.told.has(line)) this.log(line);
      this.told.add(line);
      return undefined;
    }
  }
}

async function follow(source: Watch<unknown>, onChange: () => void): Promise<void> {
  for await (const _ of source) onChange();
}
