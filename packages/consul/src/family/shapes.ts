/** Shapes that several families share, named as in Consul's JSON. */

export type CheckStatus = "passing" | "warning" | "critical" | "maintenance";

export interface RaftIndexes {
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

export interface Locality {
  readonly Region?: string;
  readonly Zone?: string;
}

/** How one service reaches another through the mesh. */
export interface Upstream {
  readonly DestinationType?: "service" | "prepared_query";
  readonly DestinationName: string;
  readonly DestinationNamespace?: string;
  readonly DestinationPartition?: string;
  readonly DestinationPeer?: string;
  readonly Datacenter?: string;
  readonly LocalBindAddress?: string;
  readonly LocalBindPort?: number;
  readonly LocalBindSocketPath?: string;
  readonly LocalBindSocketMode?: string;
  readonly Config?: Readonly<Record<string, unknown>>;
  readonly MeshGateway?: { readonly Mode?: string };
  readonly CentrallyConfigured?: boolean;
}

export interface ExposePath {
  readonly ListenerPort?: number;
  readonly Path?: string;
  readonly LocalPathPort?: number;
  readonly Protocol?: string;
  readonly ParsedFromCheck?: boolean;
}

export interface Expose {
  readonly Checks?: boolean;
  readonly Paths?: readonly ExposePath[];
}

export interface ServiceProxy {
  readonly DestinationServiceName?: string;
  readonly DestinationServiceID?: string;
  readonly LocalServiceAddress?: string;
  readonly LocalServicePort?: number;
  readonly LocalServiceSocketPath?: string;
  readonly Mode?: string;
  readonly TransparentProxy?: { readonly OutboundListenerPort?: number; readonly DialedDirectly?: boolean };
  readonly EnvoyExtensions?: readonly Readonly<Record<string, unknown>>[];
  readonly Config?: Readonly<Record<string, unknown>> | null;
  readonly Upstreams?: readonly Upstream[];
  readonly MeshGateway?: { readonly Mode?: string };
  readonly Expose?: Expose;
  readonly AccessLogs?: Readonly<Record<string, unknown>>;
}

export type ServiceKind = "" | "connect-proxy" | "mesh-gateway" | "terminating-gateway" | "ingress-gateway" | "api-gateway";

export interface CatalogNode {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly Datacenter: string;
  readonly TaggedAddresses: Readonly<Record<string, string>> | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Partition?: string;
  readonly PeerName?: string;
  readonly Locality?: Locality;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** One instance of a service, as the health endpoints and the agent describe it. */
export interface AgentService {
  readonly Kind?: ServiceKind;
  readonly ID: string;
  readonly Service: string;
  readonly Tags: readonly string[];
  readonly Meta: Readonly<Record<string, string>>;
  readonly Port: number;
  readonly Address: string;
  readonly SocketPath?: string;
  readonly TaggedAddresses?: Readonly<Record<string, ServiceAddress>>;
  readonly Weights: Weights;
  readonly EnableTagOverride: boolean;
  readonly CreateIndex?: number;
  readonly ModifyIndex?: number;
  readonly ContentHash?: string;
  readonly Proxy?: ServiceProxy;
  readonly Connect?: { readonly Native?: boolean; readonly SidecarService?: AgentServiceRegistration };
  readonly PeerName?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
  readonly Datacenter?: string;
  readonly Locality?: Locality;
}

export interface HealthCheckDefinition {
  readonly HTTP?: string;
  readonly Header?: Readonly<Record<string, readonly string[]>>;
  readonly Method?: string;
  readonly Body?: string;
  readonly TLSServerName?: string;
  readonly TLSSkipVerify?: boolean;
  readonly TCP?: string;
  readonly TCPUseTLS?: boolean;
  readonly UDP?: string;
  readonly GRPC?: string;
  readonly GRPCUseTLS?: boolean;
  readonly OSService?: string;
  readonly Interval?: string;
  readonly Timeout?: string;
  readonly DeregisterCriticalServiceAfter?: string;
  readonly IntervalDuration?: string;
  readonly TimeoutDuration?: string;
  readonly DeregisterCriticalServiceAfterDuration?: string;
}

export interface HealthCheck {
  readonly Node: string;
  readonly CheckID: string;
  readonly Name: string;
  readonly Status: CheckStatus;
  readonly Notes: string;
  readonly Output: string;
  /** "" for a check of the node itself. */
  readonly ServiceID: string;
  readonly ServiceName: string;
  readonly ServiceTags: readonly string[] | null;
  readonly Type: string;
  readonly Interval?: string;
  readonly Timeout?: string;
  readonly ExposedPort?: number;
  readonly PeerName?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
  readonly Definition?: HealthCheckDefinition;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

/** One instance with its node and every check that speaks for it. */
export interface ServiceEntry {
  readonly Node: CatalogNode;
  readonly Service: AgentService;
  readonly Checks: readonly HealthCheck[];
}

/** A check as it is registered at an agent; exactly one kind of check is given. */
export interface AgentServiceCheck {
  readonly CheckID?: string;
  readonly Name?: string;
  readonly Notes?: string;
  readonly Status?: CheckStatus;
  readonly Interval?: string;
  readonly Timeout?: string;
  readonly TTL?: string;
  readonly HTTP?: string;
  readonly H2PING?: string;
  readonly H2PingUseTLS?: boolean;
  readonly Header?: Readonly<Record<string, readonly string[]>>;
  readonly Method?: string;
  readonly Body?: string;
  readonly DisableRedirects?: boolean;
  readonly TCP?: string;
  readonly TCPUseTLS?: boolean;
  readonly UDP?: string;
  /** "host:port" or "host:port/service". */
  readonly GRPC?: string;
  readonly GRPCUseTLS?: boolean;
  readonly Args?: readonly string[];
  readonly DockerContainerID?: string;
  readonly Shell?: string;
  readonly OSService?: string;
  readonly AliasNode?: string;
  readonly AliasService?: string;
  readonly TLSServerName?: string;
  readonly TLSSkipVerify?: boolean;
  readonly SuccessBeforePassing?: number;
  readonly FailuresBeforeWarning?: number;
  readonly FailuresBeforeCritical?: number;
  readonly OutputMaxSize?: number;
  /** At least a minute; Consul looks every 30 seconds. */
  readonly DeregisterCriticalServiceAfter?: string;
}

export interface AgentServiceRegistration {
  readonly Kind?: ServiceKind;
  /** @default Name */
  readonly ID?: string;
  readonly Name: string;
  readonly Tags?: readonly string[];
  readonly Port?: number;
  /** @default the agent's */
  readonly Address?: string;
  readonly SocketPath?: string;
  readonly TaggedAddresses?: Readonly<Record<string, ServiceAddress>>;
  readonly EnableTagOverride?: boolean;
  readonly Meta?: Readonly<Record<string, string>>;
  readonly Weights?: Weights;
  readonly Check?: AgentServiceCheck;
  readonly Checks?: readonly AgentServiceCheck[];
  readonly Proxy?: ServiceProxy;
  readonly Connect?: { readonly Native?: boolean; readonly SidecarService?: Partial<AgentServiceRegistration> };
  readonly Namespace?: string;
  readonly Partition?: string;
  readonly Locality?: Locality;
}
