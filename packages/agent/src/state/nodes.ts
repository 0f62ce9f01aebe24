/** Nodes in the catalog. */
import { deleteCheck } from "./checks.js";
import { StateError } from "./command.js";
import { isSame } from "./equal.js";
import type { Node } from "./records.js";
import { deleteService, nodeIndex, touchNode, touchServicesOfNode } from "./services.js";
import { destroySession } from "./sessions.js";
import { instanceKey, type Tables } from "./tables.js";

/** Inserts or updates a node; an identical one keeps its ModifyIndex. A node that is known by its ID is renamed. */
export function ensureNode(tables: Tables, index: number, node: Node, nowMs: number): void {
  const known = node.ID === "" ? undefined : tables.nodesById.of(node.ID.toLowerCase())[0];
  if (known !== undefined && known.Node.toLowerCase() !== node.Node.toLowerCase()) {
    rename(tables, index, known, node, nowMs);
  } else if (known === undefined && node.ID !== "") {
    const problem = nameProblem(tables, node, true);
    if (problem !== undefined) throw new StateError(`Error while renaming Node ID: ${JSON.stringify(node.ID)}: ${problem}`);
  }
  const existing = known ?? tables.nodes.get(node.Node.toLowerCase());
  const next: Node = { ...node, CreateIndex: existing?.CreateIndex ?? index, ModifyIndex: existing?.ModifyIndex ?? index };
  if (existing !== undefined && tables.nodes.get(node.Node.toLowerCase()) === existing && isSame(existing, next)) return;
  tables.nodes.set(node.Node.toLowerCase(), { ...next, ModifyIndex: index });
  touchNode(tables, index, node.Node);
  touchServicesOfNode(tables, index, node.Node);
}

export function deleteNode(tables: Tables, index: number, name: string, nowMs: number): void {
  const key = name.toLowerCase();
  const node = tables.nodes.get(key);
  if (node === undefined) return;
  for (const row of tables.services.values(`${key}\0`)) {
    tables.setIndex(`service.${row.service.Service.toLowerCase()}`, index);
    deleteService(tables, index, name, row.service.ID, nowMs);
  }
  for (const check of tables.checks.values(`${key}\0`)) deleteCheck(tables, index, name, check.CheckID, nowMs);
  for (const coordinate of [...tables.coordinates.keys(`${key}\0`)]) {
    tables.coordinates.delete(coordinate);
    tables.setIndex("coordinates", index);
  }
  tables.nodes.delete(key);
  tables.setIndex("nodes", index);
  tables.deleteIndex(nodeIndex(name));
  tables.setIndex("node_last_extinction", index);
  for (const session of tables.sessionsByNode.of(key)) destroySession(tables, index, session.ID, nowMs);
}

function rename(tables: Tables, index: number, known: Node, node: Node, nowMs: number): void {
  const problem = nameProblem(tables, node, false);
  if (problem !== undefined) {
    throw new StateError(`Error while renaming Node ID: ${JSON.stringify(node.ID)} (${node.Address}): ${problem}`);
  }
  deleteNode(tables, index, known.Node, nowMs);
}

/** A name belongs to the node that has it while that one is healthy; a node without an ID may be given one. */
function nameProblem(tables: Tables, node: Node, mayClaimWithoutId: boolean): string | undefined {
  const holder = tables.nodes.get(node.Node.toLowerCase());
  if (holder === undefined || holder.ID === node.ID) return undefined;
  const serf = tables.checks.get(instanceKey(holder.Node, "serfHealth"));
  const healthy = serf !== undefined && serf.Status !== "critical";
  if ((holder.ID === "" && mayClaimWithoutId) || !healthy) return undefined;
  return `Node name ${node.Node} is reserved by node ${holder.ID} with name ${holder.Node} (${holder.Address})`;
}
