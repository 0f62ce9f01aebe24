/** What Consul refuses in a service, in its words. */
import { isIPv4, isIPv6 } from "node:net";
import type { NodeService } from "../state/records.js";

const META_PAIRS_MAX = 64;
const META_KEY_BYTES_MAX = 128;
const META_VALUE_BYTES_MAX = 512;

export function isAnyAddress(address: string): boolean {
  return address === "0.0.0.0" || address === "::" || address === "[::]";
}

/** Undefined when the metadata is fine. `reservedAllowed` is for the agent's own. */
export function metaProblem(meta: Readonly<Record<string, string>> | null): string | undefined {
  if (meta === null) return undefined;
  const entries = Object.entries(meta);
  if (entries.length > META_PAIRS_MAX) return `Node metadata cannot contain more than ${META_PAIRS_MAX} key/value pairs`;
  for (const [key, value] of entries) {
    const problem = metaPairProblem(key, value);
    if (problem !== undefined) return `Couldn't load metadata pair ('${key}', '${value}'): ${problem}`;
  }
  return undefined;
}

function metaPairProblem(key: string, value: string): string | undefined {
  if (key === "") return "Key cannot be blank";
  if (!/^[a-zA-Z0-9_-]+$/.test(key)) return "Key contains invalid characters";
  if (Buffer.byteLength(key) > META_KEY_BYTES_MAX) return `Key is too long (limit: ${META_KEY_BYTES_MAX} characters)`;
  if (key.startsWith("consul-") && !RESERVED_ALLOWED.has(key)) return "Key prefix 'consul-' is reserved for internal use";
  if (Buffer.byteLength(value) > META_VALUE_BYTES_MAX) return `Value is too long (limit: ${META_VALUE_BYTES_MAX} characters)`;
  return undefined;
}

const RESERVED_ALLOWED: ReadonlySet<string> = new Set(["consul-dashboard-url", "consul-service-mesh-gateway"]);

/** Shape and proxy rules; undefined when the service is fine. */
export function serviceProblem(service: NodeService): string | undefined {
  const problems: string[] = [];
  if (service.SocketPath !== undefined && service.SocketPath !== "" && (service.Address !== "" || service.Port !== 0)) {
    problems.push("Service address/port and socket path cannot both be specified");
  }
  if (service.Kind === "connect-proxy") problems.push(...proxyProblems(service));
  if (service.Connect.Native === true && service.Port === 0 && (service.SocketPath ?? "") === "") {
    problems.push("Port or SocketPath must be set for a Connect native service.");
  }
  if (service.Connect.Native === true && service.Kind === "connect-proxy") {
    problems.push("A Proxy cannot also be Connect Native, only typical services");
  }
  if (service.Kind !== undefined && !KINDS.has(service.Kind)) problems.push(`unsupported service kind: ${JSON.stringify(service.Kind)}`);
  if (problems.length === 0) return undefined;
  const count = problems.length === 1 ? "1 error" : `${problems.length} errors`;
  return `${count} occurred:\n${problems.map((problem) => `\t* ${problem}\n`).join("")}\n`;
}

const KINDS: ReadonlySet<string> = new Set(["", "connect-proxy", "mesh-gateway", "terminating-gateway", "ingress-gateway", "api-gateway"]);

function proxyProblems(service: NodeService): string[] {
  const problems: string[] = [];
  if (service.Port === 0 && (service.SocketPath ?? "") === "") problems.push("Port or SocketPath must be set for a connect-proxy");
  const destination = String(service.Proxy.DestinationServiceName ?? "").trim();
  if (destination === "") problems.push("Proxy.DestinationServiceName must be non-empty for Connect proxy services");
  if (destination === "*") problems.push("Proxy.DestinationServiceName must not be a wildcard for Connect proxy services");
  return problems;
}

/** Consul fills in the service's own address under the tagged ones of its family. */
export function withFamilyAddresses(service: NodeService): NodeService {
  const family = isIPv4(service.Address) ? "ipv4" : isIPv6(service.Address) ? "ipv6" : undefined;
  if (family === undefined) return service;
  const own = { Address: service.Address, Port: service.Port };
  const all: Record<string, { readonly Address: string; readonly Port: number }> = { ...service.TaggedAddresses };
  for (const side of ["lan", "wan"]) all[`${side}_${family}`] ??= own;
  return { ...service, TaggedAddresses: Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))) };
}
