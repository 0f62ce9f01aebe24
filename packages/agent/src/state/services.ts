/** Services in the catalog, and the indexes that tell their watchers. */
import { deleteCheck } from "./checks.js";
import { StateError } from "./command.js";
import { isSame } from "./equal.js";
import type { NodeService, ServiceRow } from "./records.js";
import { connectName, instanceKey, type Tables } from "./tables.js";
import { releaseVirtualAddress, withVirtualAddress } from "./virtual-addresses.js";

export function ensureService(tables: Tables, index: number, node: string, given: NodeService): void {
  if (tables.nodes.get(node.toLowerCase()) === undefined) throw new StateError("Missing node registration");
  const service = withVirtualAddress(tables, index, given);
  const key = instanceKey(node, service.ID);
  const existing = tables.services.get(key);
  const row: ServiceRow = {
    Node: node,
    service: {
      ...service,
      CreateIndex: existing?.service.CreateIndex ?? index,
      ModifyIndex: existing?.service.ModifyIndex ?? index,
    },
  };
  if (existing !== undefined && isSame(existing.service, row.service)) return;
  tables.services.set(key, { Node: node, service: { ...row.service, ModifyIndex: index } });
  tables.setIndex("services", index);
  touchService(tables, index, row);
  touchNode(tables, index, node);
}

export function deleteService(tables: Tables, index: number, node: string, serviceId: string, nowMs: number): void {
  const key = instanceKey(node, serviceId);
  const row = tables.services.get(key);
  if (row === undefined) return;
  for (const check of tables.checksByInstance.of(key)) deleteCheck(tables, index, node, check.CheckID, nowMs);
  tables.setIndex("checks", index);
  tables.services.delete(key);
  tables.setIndex("services", index);
  tables.setIndex(kindIndex(row), index);
  touchNode(tables, index, node);
  if (tables.servicesByName.has(row.service.Service.toLowerCase())) {
    tables.setIndex(serviceIndex(row.service.Service), index);
  } else {
    tables.deleteIndex(serviceIndex(row.service.Service));
    tables.setIndex("service_last_extinction", index);
  }
  releaseVirtualAddress(tables, connectName(row.service) ?? row.service.Service.toLowerCase());
}

/** Something that the health of a service shows has changed. */
export function touchService(tables: Tables, index: number, row: ServiceRow): void {
  tables.setIndex(serviceIndex(row.service.Service), index);
  tables.setIndex(kindIndex(row), index);
}

/** The node's own row or one of its node-level checks has changed: every service on it shows that. */
export function touchServicesOfNode(tables: Tables, index: number, node: string): void {
  for (const row of tables.services.values(`${node.toLowerCase()}\0`)) touchService(tables, index, row);
}

export function touchNode(tables: Tables, index: number, node: string): void {
  tables.setIndex("nodes", index);
  tables.setIndex(nodeIndex(node), index);
}

export function serviceIndex(name: string): string {
  return `service.${name.toLowerCase()}`;
}

export function nodeIndex(name: string): string {
  return `node.${name.toLowerCase()}`;
}

function kindIndex(row: ServiceRow): string {
  return `service_kind.${row.service.Kind ?? "typical"}`;
}
