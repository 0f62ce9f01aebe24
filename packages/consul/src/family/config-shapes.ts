/**
 * The config entries of Consul 1.21, kind by kind, named as in Consul's JSON. Over 300 lines, because it is one
 * vocabulary and nothing else.
 */

export interface ConfigEntryCommon {
  readonly Name: string;
  readonly Namespace?: string;
  readonly Partition?: string;
  readonly Meta?: Readonly<Record<string, string>> | null;
  readonly CreateIndex?: number;
  readonly ModifyIndex?: number;
}

export interface MeshGatewayConfig {
  readonly Mode?: "" | "none" | "local" | "remote";
}

export interface HTTPHeaderModifiers {
  readonly Add?: Readonly<Record<string, string>>;
  readonly Set?: Readonly<Record<string, string>>;
  readonly Remove?: readonly string[];
}

export interface PassiveHealthCheck {
  readonly Interval?: number | string;
  readonly MaxFailures?: number;
  readonly EnforcingConsecutive5xx?: number;
  readonly MaxEjectionPercent?: number;
  readonly BaseEjectionTime?: number | string;
}

export interface UpstreamConfig {
  readonly Name?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
  readonly Peer?: string;
  readonly EnvoyListenerJSON?: string;
  readonly EnvoyClusterJSON?: string;
  readonly Protocol?: string;
  readonly ConnectTimeoutMs?: number;
  readonly Limits?: { readonly MaxConnections?: number; readonly MaxPendingRequests?: number; readonly MaxConcurrentRequests?: number };
  readonly PassiveHealthCheck?: PassiveHealthCheck;
  readonly MeshGateway?: MeshGatewayConfig;
  readonly BalanceOutboundConnections?: string;
}

export interface TransparentProxyConfig {
  readonly OutboundListenerPort?: number;
  readonly DialedDirectly?: boolean;
}

export interface EnvoyExtension {
  readonly Name: string;
  readonly Required?: boolean;
  readonly Arguments?: Readonly<Record<string, unknown>>;
  readonly ConsulVersion?: string;
  readonly EnvoyVersion?: string;
}

export interface ServiceDefaults extends ConfigEntryCommon {
  readonly Kind: "service-defaults";
  readonly Protocol?: string;
  readonly Mode?: string;
  readonly TransparentProxy?: TransparentProxyConfig;
  readonly MutualTLSMode?: string;
  readonly MeshGateway?: MeshGatewayConfig;
  readonly Expose?: { readonly Checks?: boolean; readonly Paths?: readonly Readonly<Record<string, unknown>>[] };
  readonly ExternalSNI?: string;
  readonly UpstreamConfig?: { readonly Defaults?: UpstreamConfig; readonly Overrides?: readonly UpstreamConfig[] };
  readonly Destination?: { readonly Addresses?: readonly string[]; readonly Port?: number };
  readonly MaxInboundConnections?: number;
  readonly LocalConnectTimeoutMs?: number;
  readonly LocalRequestTimeoutMs?: number;
  readonly BalanceInboundConnections?: string;
  readonly RateLimits?: { readonly InstanceLevel?: Readonly<Record<string, unknown>> };
  readonly EnvoyExtensions?: readonly EnvoyExtension[];
}

/** Its name is always "global". */
export interface ProxyDefaults extends ConfigEntryCommon {
  readonly Kind: "proxy-defaults";
  readonly Mode?: string;
  readonly TransparentProxy?: TransparentProxyConfig;
  readonly MutualTLSMode?: string;
  readonly Config?: Readonly<Record<string, unknown>>;
  readonly MeshGateway?: MeshGatewayConfig;
  readonly Expose?: ServiceDefaults["Expose"];
  readonly AccessLogs?: Readonly<Record<string, unknown>>;
  readonly EnvoyExtensions?: readonly EnvoyExtension[];
  readonly FailoverPolicy?: { readonly Mode?: string; readonly Regions?: readonly string[] };
  readonly PrioritizeByLocality?: { readonly Mode?: string };
}

export interface ServiceRouteMatch {
  readonly HTTP?: {
    readonly PathExact?: string;
    readonly PathPrefix?: string;
    readonly PathRegex?: string;
    readonly CaseInsensitive?: boolean;
    readonly Methods?: readonly string[];
    readonly Header?: readonly {
      readonly Name: string;
      readonly Present?: boolean;
      readonly Exact?: string;
      readonly Prefix?: string;
      readonly Suffix?: string;
      readonly Contains?: string;
      readonly Regex?: string;
      readonly Invert?: boolean;
    }[];
    readonly QueryParam?: readonly {
      readonly Name: string;
      readonly Present?: boolean;
      readonly Exact?: string;
      readonly Regex?: string;
    }[];
  };
}

export interface ServiceRouteDestination {
  readonly Service?: string;
  readonly ServiceSubset?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
  readonly PrefixRewrite?: string;
  readonly RequestTimeout?: number | string;
  readonly IdleTimeout?: number | string;
  readonly NumRetries?: number;
  readonly RetryOnConnectFailure?: boolean;
  readonly RetryOnStatusCodes?: readonly number[];
  readonly RetryOn?: readonly string[];
  readonly RequestHeaders?: HTTPHeaderModifiers;
  readonly ResponseHeaders?: HTTPHeaderModifiers;
}

export interface ServiceRouter extends ConfigEntryCommon {
  readonly Kind: "service-router";
  readonly Routes?: readonly { readonly Match?: ServiceRouteMatch; readonly Destination?: ServiceRouteDestination }[];
}

export interface ServiceSplitter extends ConfigEntryCommon {
  readonly Kind: "service-splitter";
  readonly Splits: readonly {
    readonly Weight: number;
    readonly Service?: string;
    readonly ServiceSubset?: string;
    readonly Namespace?: string;
    readonly Partition?: string;
    readonly RequestHeaders?: HTTPHeaderModifiers;
    readonly ResponseHeaders?: HTTPHeaderModifiers;
  }[];
}

export interface LoadBalancer {
  readonly Policy?: "" | "random" | "round_robin" | "least_request" | "ring_hash" | "maglev";
  readonly RingHashConfig?: { readonly MinimumRingSize?: number; readonly MaximumRingSize?: number };
  readonly LeastRequestConfig?: { readonly ChoiceCount?: number };
  readonly HashPolicies?: readonly {
    readonly Field?: "" | "header" | "cookie" | "query_parameter";
    readonly FieldValue?: string;
    readonly CookieConfig?: { readonly Session?: boolean; readonly TTL?: number | string; readonly Path?: string };
    readonly SourceIP?: boolean;
    readonly Terminal?: boolean;
  }[];
}

export interface ServiceResolverFailover {
  readonly Service?: string;
  readonly ServiceSubset?: string;
  readonly Namespace?: string;
  readonly Datacenters?: readonly string[];
  readonly Targets?: readonly {
    readonly Service?: string;
    readonly ServiceSubset?: string;
    readonly Partition?: string;
    readonly Namespace?: string;
    readonly Datacenter?: string;
    readonly Peer?: string;
  }[];
  readonly Policy?: { readonly Mode?: string; readonly Regions?: readonly string[] };
  readonly SamenessGroup?: string;
}

export interface ServiceResolver extends ConfigEntryCommon {
  readonly Kind: "service-resolver";
  readonly DefaultSubset?: string;
  readonly Subsets?: Readonly<Record<string, { readonly Filter?: string; readonly OnlyPassing?: boolean }>>;
  readonly Redirect?: Readonly<Record<string, string>>;
  readonly Failover?: Readonly<Record<string, ServiceResolverFailover>>;
  readonly ConnectTimeout?: number | string;
  readonly RequestTimeout?: number | string;
  readonly LoadBalancer?: LoadBalancer;
  readonly PrioritizeByLocality?: { readonly Mode?: string };
}

export interface GatewayTLS {
  readonly Enabled?: boolean;
  readonly SDS?: { readonly ClusterName?: string; readonly CertResource?: string };
  readonly TLSMinVersion?: string;
  readonly TLSMaxVersion?: string;
  readonly CipherSuites?: readonly string[];
}

export interface IngressGateway extends ConfigEntryCommon {
  readonly Kind: "ingress-gateway";
  readonly TLS?: GatewayTLS;
  readonly Listeners?: readonly {
    readonly Port: number;
    readonly Protocol?: string;
    readonly TLS?: GatewayTLS;
    readonly Services?: readonly (ConfigEntryCommon & {
      readonly Hosts?: readonly string[];
      readonly TLS?: GatewayTLS;
      readonly RequestHeaders?: HTTPHeaderModifiers;
      readonly ResponseHeaders?: HTTPHeaderModifiers;
      readonly MaxConnections?: number;
      readonly MaxPendingRequests?: number;
      readonly MaxConcurrentRequests?: number;
      readonly PassiveHealthCheck?: PassiveHealthCheck;
    })[];
  }[];
  readonly Defaults?: Readonly<Record<string, unknown>>;
}

export interface TerminatingGateway extends ConfigEntryCommon {
  readonly Kind: "terminating-gateway";
  readonly Services?: readonly {
    readonly Name: string;
    readonly Namespace?: string;
    readonly CAFile?: string;
    readonly CertFile?: string;
    readonly KeyFile?: string;
    readonly SNI?: string;
    readonly DisableAutoHostRewrite?: boolean;
  }[];
}

export interface IntentionPermission {
  readonly Action: "allow" | "deny";
  readonly HTTP?: {
    readonly PathExact?: string;
    readonly PathPrefix?: string;
    readonly PathRegex?: string;
    readonly Methods?: readonly string[];
    readonly Header?: readonly Readonly<Record<string, unknown>>[];
  };
  readonly JWT?: IntentionJWT;
}

export interface IntentionJWT {
  readonly Providers?: readonly {
    readonly Name: string;
    readonly VerifyClaims?: readonly { readonly Path: readonly string[]; readonly Value: string }[];
  }[];
}

export interface ServiceIntentions extends ConfigEntryCommon {
  readonly Kind: "service-intentions";
  readonly JWT?: IntentionJWT;
  readonly Sources: readonly {
    readonly Name: string;
    readonly Namespace?: string;
    readonly Partition?: string;
    readonly Peer?: string;
    readonly SamenessGroup?: string;
    readonly Action?: "allow" | "deny";
    readonly Permissions?: readonly IntentionPermission[];
    readonly Precedence?: number;
    readonly Type?: "consul";
    readonly Description?: string;
  }[];
}

/** Its name is always "mesh". */
export interface Mesh extends Omit<ConfigEntryCommon, "Name"> {
  readonly Kind: "mesh";
  readonly TransparentProxy?: { readonly MeshDestinationsOnly?: boolean };
  readonly AllowEnablingPermissiveMutualTLS?: boolean;
  readonly TLS?: {
    readonly Incoming?: { readonly TLSMinVersion?: string; readonly TLSMaxVersion?: string; readonly CipherSuites?: readonly string[] };
    readonly Outgoing?: { readonly TLSMinVersion?: string; readonly TLSMaxVersion?: string; readonly CipherSuites?: readonly string[] };
  };
  readonly HTTP?: { readonly SanitizeXForwardedClientCert?: boolean; readonly Incoming?: Readonly<Record<string, unknown>> };
  readonly Peering?: { readonly PeerThroughMeshGateways?: boolean };
  readonly ValidateClusters?: boolean;
}

export interface ExportedServices extends ConfigEntryCommon {
  readonly Kind: "exported-services";
  readonly Services: readonly {
    readonly Name: string;
    readonly Namespace?: string;
    readonly Consumers: readonly { readonly Partition?: string; readonly Peer?: string; readonly SamenessGroup?: string }[];
  }[];
}

export interface ResourceReference {
  readonly Kind: string;
  readonly Name: string;
  readonly SectionName?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
}

export interface Condition {
  readonly Type: string;
  readonly Status: string;
  readonly Reason: string;
  readonly Message: string;
  readonly Resource?: ResourceReference;
  readonly LastTransitionTime?: string;
}

export interface APIGateway extends ConfigEntryCommon {
  readonly Kind: "api-gateway";
  readonly Listeners?: readonly {
    readonly Name?: string;
    readonly Hostname?: string;
    readonly Port: number;
    readonly Protocol: string;
    readonly TLS?: {
      readonly Certificates?: readonly ResourceReference[];
      readonly MinVersion?: string;
      readonly MaxVersion?: string;
      readonly CipherSuites?: readonly string[];
    };
    readonly Default?: Readonly<Record<string, unknown>>;
    readonly Override?: Readonly<Record<string, unknown>>;
  }[];
  readonly Status?: { readonly Conditions: readonly Condition[] };
}

/** Written by Consul itself. */
export interface BoundAPIGateway extends ConfigEntryCommon {
  readonly Kind: "bound-api-gateway";
  readonly Listeners?: readonly Readonly<Record<string, unknown>>[];
}

export interface HTTPRoute extends ConfigEntryCommon {
  readonly Kind: "http-route";
  readonly Parents?: readonly ResourceReference[];
  readonly Hostnames?: readonly string[];
  readonly Rules?: readonly {
    readonly Filters?: Readonly<Record<string, unknown>>;
    readonly ResponseFilters?: Readonly<Record<string, unknown>>;
    readonly Matches?: readonly Readonly<Record<string, unknown>>[];
    readonly Services?: readonly {
      readonly Name: string;
      readonly Weight?: number;
      readonly Filters?: Readonly<Record<string, unknown>>;
      readonly Namespace?: string;
      readonly Partition?: string;
    }[];
  }[];
  readonly Status?: { readonly Conditions: readonly Condition[] };
}

export interface TCPRoute extends ConfigEntryCommon {
  readonly Kind: "tcp-route";
  readonly Parents?: readonly ResourceReference[];
  readonly Services?: readonly { readonly Name: string; readonly Namespace?: string; readonly Partition?: string }[];
  readonly Status?: { readonly Conditions: readonly Condition[] };
}

export interface InlineCertificate extends ConfigEntryCommon {
  readonly Kind: "inline-certificate";
  readonly Certificate: string;
  readonly PrivateKey: string;
}

export interface FileSystemCertificate extends ConfigEntryCommon {
  readonly Kind: "file-system-certificate";
  readonly Certificate: string;
  readonly PrivateKey: string;
}

export interface SamenessGroup extends ConfigEntryCommon {
  readonly Kind: "sameness-group";
  readonly DefaultForFailover?: boolean;
  readonly IncludeLocal?: boolean;
  readonly Members?: readonly { readonly Partition?: string; readonly Peer?: string }[];
}

export interface JWTProvider extends ConfigEntryCommon {
  readonly Kind: "jwt-provider";
  readonly JSONWebKeySet?: Readonly<Record<string, unknown>>;
  readonly Issuer?: string;
  readonly Audiences?: readonly string[];
  readonly Locations?: readonly Readonly<Record<string, unknown>>[];
  readonly Forwarding?: { readonly HeaderName?: string; readonly PadForwardPayloadHeader?: boolean };
  readonly ClockSkewSeconds?: number;
  readonly CacheConfig?: { readonly Size?: number };
}

/** Enterprise. */
export interface RateLimitIPConfig extends ConfigEntryCommon {
  readonly Kind: "control-plane-request-limit";
  readonly Mode?: string;
  readonly [family: string]: unknown;
}

export type ConfigEntry =
  | ServiceDefaults
  | ProxyDefaults
  | ServiceRouter
  | ServiceSplitter
  | ServiceResolver
  | IngressGateway
  | TerminatingGateway
  | ServiceIntentions
  | Mesh
  | ExportedServices
  | APIGateway
  | BoundAPIGateway
  | HTTPRoute
  | TCPRoute
  | InlineCertificate
  | FileSystemCertificate
  | SamenessGroup
  | JWTProvider
  | RateLimitIPConfig;

export type ConfigKind = ConfigEntry["Kind"];

export type ConfigEntryOf<K extends ConfigKind> = Extract<ConfigEntry, { readonly Kind: K }>;
