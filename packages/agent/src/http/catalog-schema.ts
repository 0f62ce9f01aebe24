/** The bodies of /v1/catalog/register and /v1/catalog/deregister, and the parts they share with transactions. */
import type { HealthCheck, NodeService } from "../state/records.js";
import type { Decoded, Schema } from "./decode.js";
import { formatDuration } from "./go-duration.js";

export const LOCALITY: Schema = { fields: { Region: "string", Zone: "string" } };
const SERVICE_ADDRESS: Schema = { fields: { Address: "string", Port: "int" } };
export const WEIGHTS: Schema = { fields: { Passing: "int", Warning: "int" } };

/** Fields of enterprise namespaces: accepted where Consul's free edition has none to be wrong about. */
const INDEXES = { CreateIndex: "uint64", ModifyIndex: "uint64" } as const;

export const PROXY: Schema = {
  fields: {
    DestinationServiceName: "string",
    DestinationServiceID: "string",
    LocalServiceAddress: "string",
    LocalServicePort: "int",
    LocalServiceSocketPath: "string",
    Mode: "string",
    Config: "any",
    Upstreams: "any",
    MeshGateway: "any",
    Expose: "any",
    TransparentProxy: "any",
    MutualTLSMode: "string",
    AccessLogs: "any",
    EnvoyExtensions: "any",
  },
  aliases: {
    destination_service_name: "DestinationServiceName",
    destination_service_id: "DestinationServiceID",
    local_service_address: "LocalServiceAddress",
    local_service_port: "LocalServicePort",
    local_service_socket_path: "LocalServiceSocketPath",
    mesh_gateway: "MeshGateway",
    transparent_proxy: "TransparentProxy",
    access_logs: "AccessLogs",
    envoy_extensions: "EnvoyExtensions",
  },
};

export const NODE_SERVICE: Schema = {
  fields: {
    Kind: "string",
    ID: "string",
    Service: "string",
    Tags: "strings",
    Address: "string",
    TaggedAddresses: { mapOf: SERVICE_ADDRESS },
    Meta: "string-map",
    Port: "int",
    SocketPath: "string",
    Weights: WEIGHTS,
    EnableTagOverride: "bool",
    Locality: LOCALITY,
    Proxy: PROXY,
    Connect: { fields: { Native: "bool", SidecarService: "any", PeerMeta: "any" }, aliases: { sidecar_service: "SidecarService" } },
    PeerName: "string",
    ...INDEXES,
  },
};

const CHECK_DEFINITION: Schema = {
  fields: {
    Interval: "duration",
    OutputMaxSize: "int",
    Timeout: "duration",
    DeregisterCriticalServiceAfter: "duration",
    HTTP: "string",
    TLSServerName: "string",
    TLSSkipVerify: "bool",
    Header: "strings-map",
    Method: "string",
    Body: "string",
    DisableRedirects: "bool",
    TCP: "string",
    TCPUseTLS: "bool",
    UDP: "string",
    H2PING: "string",
    OSService: "string",
    H2PingUseTLS: "bool",
    ScriptArgs: "strings",
    DockerContainerID: "string",
    Shell: "string",
    GRPC: "string",
    GRPCUseTLS: "bool",
    AliasNode: "string",
    AliasService: "string",
    SessionName: "string",
    TTL: "duration",
    IntervalDuration: "any",
    TimeoutDuration: "any",
    DeregisterCriticalServiceAfterDuration: "any",
  },
};

export const HEALTH_CHECK: Schema = {
  fields: {
    Node: "string",
    CheckID: "string",
    Name: "string",
    Status: "string",
    Notes: "string",
    Output: "string",
    ServiceID: "string",
    ServiceName: "string",
    ServiceTags: "strings",
    Type: "string",
    Interval: "string",
    Timeout: "string",
    ExposedPort: "int",
    PeerName: "string",
    Definition: CHECK_DEFINITION,
    ...INDEXES,
  },
};

export const REGISTER: Schema = {
  goName: "RegisterRequest",
  fields: {
    Datacenter: "string",
    ID: "string",
    Node: "string",
    Address: "string",
    TaggedAddresses: "string-map",
    NodeMeta: "string-map",
    Service: NODE_SERVICE,
    Check: HEALTH_CHECK,
    Checks: [HEALTH_CHECK],
    SkipNodeUpdate: "bool",
    PeerName: "string",
    Locality: LOCALITY,
    Token: "string",
    WriteRequest: "any",
    ...INDEXES,
  },
};

export const DEREGISTER: Schema = {
  goName: "DeregisterRequest",
  fields: {
    Datacenter: "string",
    Node: "string",
    Address: "string",
    ServiceID: "string",
    CheckID: "string",
    PeerName: "string",
    Token: "string",
    WriteRequest: "any",
  },
};

export const EMPTY_PROXY: Readonly<Record<string, unknown>> = { Mode: "", MeshGateway: {}, Expose: {} };

export function toNodeService(decoded: Decoded): NodeService {
  const weights = decoded.Weights as Decoded | undefined;
  const connect = (decoded.Connect as Decoded | undefined) ?? {};
  return {
    ...(decoded.Kind === undefined || decoded.Kind === "" ? {} : { Kind: String(decoded.Kind) }),
    ID: text(decoded.ID),
    Service: text(decoded.Service),
    Tags: (decoded.Tags as string[] | undefined) ?? null,
    Address: text(decoded.Address),
    ...(decoded.TaggedAddresses === undefined ? {} : { TaggedAddresses: addresses(decoded.TaggedAddresses as Decoded) }),
    Meta: (decoded.Meta as Record<string, string> | undefined) ?? null,
    Port: integer(decoded.Port),
    ...(decoded.SocketPath === undefined ? {} : { SocketPath: text(decoded.SocketPath) }),
    Weights: { Passing: integer(weights?.Passing, 1), Warning: integer(weights?.Warning, weights === undefined ? 1 : 0) },
    EnableTagOverride: decoded.EnableTagOverride === true,
    ...(decoded.Locality === undefined ? {} : { Locality: decoded.Locality as NonNullable<NodeService["Locality"]> }),
    Proxy: toProxy(decoded.Proxy as Decoded | undefined),
    Connect: connect.Native === true ? { Native: true } : {},
    CreateIndex: integer(decoded.CreateIndex),
    ModifyIndex: integer(decoded.ModifyIndex),
  };
}

/** Consul prints the mode and two of the nested objects always, the rest only when set. */
export function toProxy(decoded: Decoded | undefined): Readonly<Record<string, unknown>> {
  if (decoded === undefined) return EMPTY_PROXY;
  const proxy: Record<string, unknown> = {};
  for (const name of Object.keys(PROXY.fields)) {
    const value = decoded[name];
    if (name === "MeshGateway" || name === "Expose") proxy[name] = value ?? {};
    else if (name === "Mode") proxy[name] = value ?? "";
    else if (value !== undefined && value !== "" && value !== 0) proxy[name] = value;
  }
  return proxy;
}

export function toHealthCheck(decoded: Decoded, node: string): HealthCheck {
  const name = text(decoded.Name);
  return {
    Node: text(decoded.Node) || node,
    CheckID: text(decoded.CheckID) || name,
    Name: name,
    Status: text(decoded.Status),
    Notes: text(decoded.Notes),
    Output: text(decoded.Output),
    ServiceID: text(decoded.ServiceID),
    ServiceName: text(decoded.ServiceName),
    ServiceTags: (decoded.ServiceTags as string[] | undefined) ?? null,
    Type: text(decoded.Type) || definitionType((decoded.Definition as Decoded | undefined) ?? {}),
    Interval: text(decoded.Interval),
    Timeout: text(decoded.Timeout),
    ExposedPort: integer(decoded.ExposedPort),
    Definition: toDefinition((decoded.Definition as Decoded | undefined) ?? {}),
    CreateIndex: integer(decoded.CreateIndex),
    ModifyIndex: integer(decoded.ModifyIndex),
  };
}

/** Only what is set, durations as text; a TTL is a plain number of nanoseconds in Consul's answers. */
function toDefinition(decoded: Decoded): Readonly<Record<string, unknown>> {
  const definition: Record<string, unknown> = {};
  for (const name of Object.keys(CHECK_DEFINITION.fields)) {
    const value = decoded[name];
    if (name.endsWith("Duration") || value === undefined || value === "" || value === 0 || value === false) continue;
    const isText = name === "Interval" || name === "Timeout" || name === "DeregisterCriticalServiceAfter";
    definition[name] = isText ? formatDuration(value as number) : value;
  }
  return definition;
}

function definitionType(definition: Decoded): string {
  const runs = integer(definition.Interval) > 0;
  const has = (name: string): boolean => Boolean(definition[name]);
  if (has("GRPC") && runs) return "grpc";
  if (has("HTTP") && runs) return "http";
  if (has("TTL")) return "ttl";
  if (has("TCP") && runs) return "tcp";
  if (has("UDP") && runs) return "udp";
  if (has("AliasNode") || has("AliasService")) return "alias";
  if (has("ScriptArgs")) return has("DockerContainerID") && runs ? "docker" : "script";
  if (has("H2PING") && runs) return "h2ping";
  return has("OSService") && runs ? "os_service" : "";
}

export function addresses(decoded: Decoded): Record<string, { Address: string; Port: number }> {
  const made: Record<string, { Address: string; Port: number }> = {};
  for (const [name, value] of Object.entries(decoded)) {
    const { Address, Port } = value as Decoded;
    made[name] = { Address: text(Address), Port: integer(Port) };
  }
  return made;
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function integer(value: unknown, absent = 0): number {
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : absent;
}
