/** The bodies of /v1/agent/service/register and /v1/agent/check/register; also what a configuration file holds. */
import { type CheckDefinition, checkProblem, checkType } from "../checks/check-definition.js";
import { LOCALITY, PROXY, text, WEIGHTS } from "./catalog-schema.js";
import { type Decoded, decodeValue, type Schema } from "./decode.js";
import { formatDuration } from "./go-duration.js";

const CHECK_FIELDS = {
  Name: "string",
  Status: "string",
  Notes: "string",
  ScriptArgs: "strings",
  HTTP: "string",
  H2PING: "string",
  H2PingUseTLS: "bool",
  Header: "strings-map",
  Method: "string",
  Body: "string",
  DisableRedirects: "bool",
  TCP: "string",
  TCPUseTLS: "bool",
  UDP: "string",
  Interval: "duration",
  AliasNode: "string",
  AliasService: "string",
  DockerContainerID: "string",
  Shell: "string",
  GRPC: "string",
  GRPCUseTLS: "bool",
  OSService: "string",
  TLSServerName: "string",
  TLSSkipVerify: "bool",
  Timeout: "duration",
  TTL: "duration",
  SuccessBeforePassing: "int",
  FailuresBeforeWarning: "int",
  FailuresBeforeCritical: "int",
  DeregisterCriticalServiceAfter: "duration",
  OutputMaxSize: "int",
} as const;

const CHECK_ALIASES = {
  Args: "ScriptArgs",
  script_args: "ScriptArgs",
  deregister_critical_service_after: "DeregisterCriticalServiceAfter",
  docker_container_id: "DockerContainerID",
  tls_server_name: "TLSServerName",
  tls_skip_verify: "TLSSkipVerify",
  tcp_use_tls: "TCPUseTLS",
  grpc_use_tls: "GRPCUseTLS",
  h2ping_use_tls: "H2PingUseTLS",
  service_id: "ServiceID",
  disable_redirects: "DisableRedirects",
} as const;

const SERVICE_CHECK: Schema = {
  fields: { CheckID: "string", ServiceID: "string", ProxyHTTP: "string", ProxyGRPC: "string", ...CHECK_FIELDS },
  aliases: CHECK_ALIASES,
};

export const AGENT_CHECK: Schema = {
  fields: { ID: "string", ServiceID: "string", Token: "string", ...CHECK_FIELDS },
  aliases: { ...CHECK_ALIASES, CheckID: "ID" },
};

const SERVICE_FIELDS = {
  Kind: "string",
  ID: "string",
  Name: "string",
  Tags: "strings",
  Address: "string",
  TaggedAddresses: { mapOf: { fields: { Address: "string", Port: "int" } } },
  Meta: "string-map",
  Port: "int",
  SocketPath: "string",
  Check: SERVICE_CHECK,
  Checks: [SERVICE_CHECK],
  Weights: WEIGHTS,
  Token: "string",
  EnableTagOverride: "bool",
  Locality: LOCALITY,
  Proxy: PROXY,
} as const;

const SERVICE_ALIASES = {
  enable_tag_override: "EnableTagOverride",
  tagged_addresses: "TaggedAddresses",
  socket_path: "SocketPath",
} as const;

export const AGENT_SERVICE: Schema = {
  fields: {
    ...SERVICE_FIELDS,
    Connect: { fields: { Native: "bool", SidecarService: "any", PeerMeta: "any" }, aliases: { sidecar_service: "SidecarService" } },
  },
  aliases: SERVICE_ALIASES,
};

/** A sidecar is a service definition inside another; its own fields are checked when it is unfolded. */
export function decodeSidecar(value: unknown): Decoded {
  return decodeValue(value, AGENT_SERVICE);
}

/** A check as it was asked for: what runs it, and what the catalog shows. */
export interface RequestedCheck {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly notes: string;
  readonly type: string;
  readonly definition: CheckDefinition;
  readonly intervalNs: number;
  readonly timeoutNs: number;
}

export function toRequestedCheck(decoded: Decoded, serviceId: string): RequestedCheck {
  const definition = toDefinition(decoded, serviceId);
  return {
    id: text(decoded.CheckID) || text(decoded.ID),
    name: text(decoded.Name),
    status: text(decoded.Status),
    notes: text(decoded.Notes),
    type: checkType(definition),
    definition,
    intervalNs: (decoded.Interval as number | undefined) ?? 0,
    timeoutNs: (decoded.Timeout as number | undefined) ?? 0,
  };
}

/** In Consul's words, or undefined. */
export function requestedCheckProblem(check: RequestedCheck): string | undefined {
  return checkProblem(check.definition);
}

export function durationText(ns: number): string {
  return formatDuration(ns);
}

export function isStatus(status: string): boolean {
  return status === "passing" || status === "warning" || status === "critical";
}

function toDefinition(decoded: Decoded, serviceId: string): CheckDefinition {
  const made: Record<string, unknown> = { serviceId };
  const copy = (name: string, to: string, convert: (value: unknown) => unknown = (value) => value): void => {
    if (decoded[name] !== undefined) made[to] = convert(decoded[name]);
  };
  const toMs = (value: unknown): number => Number(value) / 1e6;
  copy("TTL", "ttlMs", toMs);
  copy("Interval", "intervalMs", toMs);
  copy("Timeout", "timeoutMs", toMs);
  copy("DeregisterCriticalServiceAfter", "deregisterCriticalServiceAfterMs", toMs);
  for (const [name, to] of COPIED) copy(name, to);
  return made as unknown as CheckDefinition;
}

const COPIED: readonly (readonly [string, string])[] = [
  ["HTTP", "http"],
  ["Method", "method"],
  ["Header", "header"],
  ["Body", "body"],
  ["DisableRedirects", "disableRedirects"],
  ["TCP", "tcp"],
  ["TCPUseTLS", "tcpUseTls"],
  ["UDP", "udp"],
  ["GRPC", "grpc"],
  ["GRPCUseTLS", "grpcUseTls"],
  ["H2PING", "h2ping"],
  ["H2PingUseTLS", "h2pingUseTls"],
  ["TLSServerName", "tlsServerName"],
  ["TLSSkipVerify", "tlsSkipVerify"],
  ["ScriptArgs", "scriptArgs"],
  ["DockerContainerID", "dockerContainerId"],
  ["Shell", "shell"],
  ["OSService", "osService"],
  ["AliasNode", "aliasNode"],
  ["AliasService", "aliasService"],
  ["SuccessBeforePassing", "successBeforePassing"],
  ["FailuresBeforeWarning", "failuresBeforeWarning"],
  ["FailuresBeforeCritical", "failuresBeforeCritical"],
  ["OutputMaxSize", "outputBytesMax"],
];
