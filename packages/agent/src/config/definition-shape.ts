/** Services and checks as configuration files write them (snake case), in the shape of the HTTP API. */
import type { RawConfig } from "./raw-config.js";

/** What is not simply the words in capitals. */
const NAMES: Readonly<Record<string, string>> = {
  id: "ID",
  http: "HTTP",
  tcp: "TCP",
  tcp_use_tls: "TCPUseTLS",
  udp: "UDP",
  grpc: "GRPC",
  grpc_use_tls: "GRPCUseTLS",
  h2ping: "H2PING",
  h2ping_use_tls: "H2PingUseTLS",
  ttl: "TTL",
  os_service: "OSService",
  tls_server_name: "TLSServerName",
  tls_skip_verify: "TLSSkipVerify",
  docker_container_id: "DockerContainerID",
  service_id: "ServiceID",
  destination_service_id: "DestinationServiceID",
};

/** What these hold has keys of its own. */
const OPAQUE: ReadonlySet<string> = new Set(["meta", "header", "config", "Meta", "Header", "Config"]);
/** The keys of these are the user's, what they hold is not. */
const NAMED: ReadonlySet<string> = new Set(["tagged_addresses", "TaggedAddresses"]);

export function apiShape(definition: RawConfig): RawConfig {
  return Object.fromEntries(
    Object.entries(definition).map(([key, value]) => {
      const name = NAMES[key] ?? camel(key);
      if (OPAQUE.has(key)) return [name, value];
      if (NAMED.has(key) && isObject(value)) return [name, mapValues(value)];
      return [name, shapeValue(value)];
    }),
  );
}

function shapeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeValue);
  return isObject(value) ? apiShape(value) : value;
}

function mapValues(value: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeValue(inner)]));
}

function isObject(value: unknown): value is RawConfig {
  return typeof value === "object" && value !== null;
}

/** `enable_tag_override` is EnableTagOverride; what is written in capitals already stays. */
function camel(key: string): string {
  if (/[A-Z]/.test(key)) return key;
  return key.replace(/(?:^|_)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
}
