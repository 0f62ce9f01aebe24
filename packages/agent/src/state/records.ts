/** The rows of the state's tables. Names and order of fields are those of Consul's JSON; rows are replaced, never changed. */

export interface KvEntry {
  readonly LockIndex: number;
  readonly Key: string;
  /** Unsigned 64 bits. */
  readonly Flags: number | bigint;
  /** Base64, as Consul renders it; "" for an empty value. */
  readonly Value: string;
  readonly Session: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface Locality {
  readonly Region?: string;
  readonly Zone?: string;
}

export interface Node {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly Datacenter: string;
  readonly TaggedAddresses: Readonly<Record<string, string>> | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Locality?: Locality;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ServiceAddress {
  readonly Address: string;
  readonly Port: number;
}

export interface Weights {
  readonly Passing: number;
  readonly Warning: number;
}

/** What a connect proxy is for; kept as it was registered, with Consul's defaults filled in. */
export type ProxyConfig = Readonly<Record<string, unknown>>;

export interface ServiceConnect {
  readonly Native?: boolean;
}

export interface NodeService {
  readonly Kind?: string;
  readonly ID: string;
  readonly Service: string;
  /** Null when none were given; lists of the catalog show that as [], transactions as null. */
  readonly Tags: readonly string[] | null;
  readonly Address: string;
  readonly TaggedAddresses?: Readonly<Record<string, ServiceAddress>>;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Port: number;
  readonly SocketPath?: string;
  readonly Weights: Weights;
  readonly EnableTagOverride: boolean;
  readonly Locality?: Locality;
  readonly Proxy: ProxyConfig;
  readonly Connect: ServiceConnect;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** A service of a node, as the catalog keeps it. */
export interface ServiceRow {
  readonly Node: string;
  readonly service: NodeService;
}

export interface HealthCheck {
  readonly Node: string;
  readonly CheckID: string;
  readonly Name: string;
  readonly Status: string;
  readonly Notes: string;
  readonly Output: string;
  readonly ServiceID: string;
  readonly ServiceName: string;
  readonly ServiceTags: readonly string[] | null;
  readonly Type: string;
  readonly Interval: string;
  readonly Timeout: string;
  readonly ExposedPort: number;
  readonly Definition: Readonly<Record<string, unknown>>;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface Session {
  readonly ID: string;
  readonly Name: string;
  readonly Node: string;
  /** Nanoseconds. */
  readonly LockDelay: number;
  readonly Behavior: string;
  readonly TTL: string;
  readonly NodeChecks: readonly string[] | null;
  readonly ServiceChecks: readonly { readonly ID: string; readonly Namespace: string }[] | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface Coordinate {
  readonly Node: string;
  readonly Segment: string;
  readonly Coord: Readonly<Record<string, unknown>>;
}

/** Fields beyond Kind and Name depend on the kind and are kept as given. */
export interface ConfigEntry {
  readonly Kind: string;
  readonly Name: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly [field: string]: unknown;
}

/** Fields beyond ID and Name are kept as given, with Consul's defaults filled in. */
export interface PreparedQuery {
  readonly ID: string;
  readonly Name: string;
  readonly Session: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly [field: string]: unknown;
}

/** A service that was registered with this agent. */
export interface LocalService {
  readonly service: NodeService;
  readonly token: string;
  /** Registered as the sidecar of another service, and deregistered with it. */
  readonly sidecarOf: string;
}

/** A check that was registered with this agent; `definition` is what its runner needs, undefined for one that nobody runs. */
export interface LocalCheck {
  readonly check: HealthCheck;
  readonly definition: Readonly<Record<string, unknown>> | undefined;
  readonly token: string;
}

/** Something that an operator has set, as it was given. */
export interface Setting {
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly [field: string]: unknown;
}
