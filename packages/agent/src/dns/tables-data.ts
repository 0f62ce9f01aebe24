/** The seam's DnsData over the state's tables. */

import { findQuery } from "../state/queries.js";
import { checksOfInstance, executeQuery } from "../state/query-execution.js";
import { renderQuery } from "../state/query-template.js";
import type { Node, ServiceRow } from "../state/records.js";
import type { Tables } from "../state/tables.js";
import type { DnsData, DnsInstance, DnsNode } from "./dns-data.js";

export function tablesData(tables: Tables): DnsData {
  const nodeOf = (name: string): DnsNode | undefined => toNode(tables.nodes.get(name.toLowerCase()));
  const instance = (row: ServiceRow): DnsInstance[] => {
    const node = nodeOf(row.Node);
    if (node === undefined) return [];
    const statuses = checksOfInstance(tables, row).map((check) => check.Status);
    const status = statuses.includes("critical") ? "critical" : statuses.includes("warning") ? "warning" : "passing";
    const { Address: address, Port: port, Tags, Weights: weights } = row.service;
    return [{ node, address, port, tags: Tags ?? [], weights, status }];
  };
  return {
    node: nodeOf,
    service: (name, connect) => (connect ? tables.servicesByConnect : tables.servicesByName).of(name).flatMap(instance),
    query(nameOrId) {
      const query = findQuery(tables, nameOrId);
      if (query === undefined) return undefined;
      const rendered = renderQuery(query, nameOrId);
      const ttl = (rendered.DNS as { readonly TTL?: string } | undefined)?.TTL ?? "";
      return { instances: executeQuery(tables, rendered, false).flatMap(instance), ttl };
    },
    namesOf: (address) => namesOf(tables, address),
    servers: () => tables.servicesByName.of("consul").flatMap((row) => nodeOf(row.Node) ?? []),
  };
}

/** The node that has the address, or else the services that do. Reverse lookups are rare: a scan is good enough. */
function namesOf(tables: Tables, address: string): readonly string[] {
  const wanted = normal(address);
  const node = tables.nodes.values().find((row) => normal(row.Address) === wanted);
  if (node !== undefined) return [`${node.Node}.node.${node.Datacenter}`];
  const services = tables.services.values().filter((row) => row.service.Address !== "" && normal(row.service.Address) === wanted);
  return [...new Set(services.map((row) => `${row.service.Service}.service`))];
}

/** One spelling per IPv6 address. */
function normal(address: string): string {
  return address.includes(":") && URL.canParse(`http://[${address}]`) ? new URL(`http://[${address}]`).hostname : address;
}

function toNode(node: Node | undefined): DnsNode | undefined {
  return node === undefined ? undefined : { name: node.Node, address: node.Address, meta: node.Meta ?? {} };
}
