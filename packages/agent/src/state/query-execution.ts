/** Executing a prepared query: which instances of its service answer, before they are shuffled, sorted and limited. */
import type { HealthCheck, NodeService, PreparedQuery, ServiceRow } from "./records.js";
import { instanceKey, type Tables } from "./tables.js";

interface ServiceQuery {
  readonly Service: string;
  readonly OnlyPassing: boolean;
  readonly IgnoreCheckIDs: readonly string[] | null;
  readonly Tags: readonly string[] | null;
  readonly NodeMeta: Readonly<Record<string, string>> | null;
  readonly ServiceMeta: Readonly<Record<string, string>> | null;
  readonly Connect: boolean;
}

export function executeQuery(tables: Tables, query: PreparedQuery, forceConnect: boolean): ServiceRow[] {
  const wanted = query.Service as ServiceQuery;
  const name = wanted.Service.toLowerCase();
  const rows = (wanted.Connect || forceConnect ? tables.servicesByConnect : tables.servicesByName).of(name);
  const ignored = new Set(wanted.IgnoreCheckIDs ?? []);
  return rows.filter((row) => {
    const checks = checksOfInstance(tables, row).filter((check) => !ignored.has(check.CheckID));
    if (checks.some(({ Status }) => Status === "critical" || (wanted.OnlyPassing && Status !== "passing"))) return false;
    const node = tables.nodes.get(row.Node.toLowerCase());
    return hasMeta(node?.Meta, wanted.NodeMeta) && hasMeta(row.service.Meta, wanted.ServiceMeta) && hasTags(row.service, wanted.Tags ?? []);
  });
}

/** The node's own checks first, then the instance's, as Consul lists them. */
export function checksOfInstance(tables: Tables, row: ServiceRow): HealthCheck[] {
  return [...tables.checksByInstance.of(instanceKey(row.Node, "")), ...tables.checksByInstance.of(instanceKey(row.Node, row.service.ID))];
}

function hasMeta(meta: Readonly<Record<string, string>> | null | undefined, wanted: Readonly<Record<string, string>> | null): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => {
    const actual = meta?.[key];
    return actual !== undefined && (value === "" || value === actual);
  });
}

/** A tag that begins with "!" must be absent. */
function hasTags(service: NodeService, wanted: readonly string[]): boolean {
  const tags = new Set((service.Tags ?? []).map((tag) => tag.toLowerCase()));
  return wanted.every((tag) => (tag.startsWith("!") ? !tags.has(tag.slice(1).toLowerCase()) : tags.has(tag.toLowerCase())));
}
