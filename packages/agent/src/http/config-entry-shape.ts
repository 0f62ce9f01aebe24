/** Config entries come in Consul's CamelCase or snake_case; they are kept and answered in CamelCase, maps as they are. */
import type { ConfigEntry } from "../state/records.js";

/** Fields whose keys and values are the user's own words. */
const FREE: ReadonlySet<string> = new Set(["Config", "Meta", "Set", "Add", "Arguments", "LegacyMeta"]);

/** Maps whose keys are the user's and whose values have fields of ours. Elsewhere (`Listener.TLS`) the names mean no map. */
const MAPS: ReadonlySet<string> = new Set(["Subsets", "Failover"]);

/** Names whose CamelCase is not what splitting at underscores gives. */
const SPELLINGS: Readonly<Record<string, string>> = {
  Id: "ID",
  Http: "HTTP",
  Tls: "TLS",
  Sni: "SNI",
  Url: "URL",
  Ttl: "TTL",
  Dns: "DNS",
  Ca: "CA",
  Jwt: "JWT",
  Ip: "IP",
};

export function normalizeConfigEntry(raw: Record<string, unknown>): ConfigEntry {
  const camel = camelKeys(raw) as Record<string, unknown>;
  const { Kind, Name, CreateIndex: _create, ModifyIndex: _modify, Namespace: _namespace, Partition: _partition, ...rest } = camel;
  const kind = typeof Kind === "string" ? Kind : "";
  const named = typeof Name === "string" ? Name : "";
  const name = named === "" ? (DEFAULT_NAMES[kind] ?? "") : named;
  return { Kind: kind, Name: name, ...withDefaults(kind, rest), CreateIndex: 0, ModifyIndex: 0 };
}

/** Limits that Consul shows as 0 when they are not set. */
const GATEWAY_LIMITS = { MaxConnections: 0, MaxPendingRequests: 0, MaxConcurrentRequests: 0 };

function withDefaults(kind: string, fields: Record<string, unknown>): Record<string, unknown> {
  const { Defaults } = fields;
  if (kind !== "ingress-gateway" || typeof Defaults !== "object" || Defaults === null) return fields;
  return { ...fields, Defaults: { ...GATEWAY_LIMITS, ...Defaults } };
}

const DEFAULT_NAMES: Readonly<Record<string, string>> = { mesh: "mesh" };

function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (typeof value !== "object" || value === null) return value;
  const made: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    // Go's null is the zero value, which is not shown.
    if (item === null) continue;
    const name = camel(key);
    made[name] = FREE.has(name) ? item : MAPS.has(name) ? camelValues(item) : camelKeys(item);
  }
  return made;
}

function camelValues(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return camelKeys(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, camelKeys(item)]));
}

function camel(key: string): string {
  if (!/^[a-z]/.test(key) && !key.includes("_")) return key;
  return key
    .split("_")
    .map((word) => {
      const capital = word.charAt(0).toUpperCase() + word.slice(1);
      return SPELLINGS[capital] ?? capital;
    })
    .join("");
}
