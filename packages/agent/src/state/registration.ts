/** Catalog registration: node, service and checks in one command, all or nothing. */
import { ensureCheck } from "./checks.js";
import { type RegisterRequest, StateError } from "./command.js";
import { isSame } from "./equal.js";
import { ensureNode } from "./nodes.js";
import type { Node } from "./records.js";
import { ensureService } from "./services.js";
import type { Tables } from "./tables.js";

export function register(tables: Tables, index: number, request: RegisterRequest, nowMs: number): void {
  const existing = tables.nodes.get(request.Node.toLowerCase());
  if (existing === undefined || changesNode(request, existing)) insertNode(tables, index, request, nowMs);
  if (request.Service !== undefined) {
    try {
      ensureService(tables, index, request.Node, request.Service);
    } catch (error) {
      throw error instanceof StateError ? new StateError(`failed inserting service: ${error.message}`) : error;
    }
  }
  for (const check of request.Checks) {
    if (check.Node.toLowerCase() !== request.Node.toLowerCase()) {
      throw new StateError(`check node ${JSON.stringify(check.Node)} does not match node ${JSON.stringify(request.Node)}`);
    }
    try {
      ensureCheck(tables, index, check, nowMs);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      throw new StateError(`failed inserting check on node ${JSON.stringify(check.Node)}: ${error.message}`);
    }
  }
}

function insertNode(tables: Tables, index: number, request: RegisterRequest, nowMs: number): void {
  const node: Node = {
    ID: request.ID,
    Node: request.Node,
    Address: request.Address,
    Datacenter: request.Datacenter,
    TaggedAddresses: request.TaggedAddresses,
    Meta: request.NodeMeta,
    ...(request.Locality === undefined ? {} : { Locality: request.Locality }),
    CreateIndex: 0,
    ModifyIndex: 0,
  };
  try {
    ensureNode(tables, index, node, nowMs);
  } catch (error) {
    throw error instanceof StateError ? new StateError(`failed inserting node: ${error.message}`) : error;
  }
}

/** SkipNodeUpdate leaves the node alone when it exists. */
function changesNode(request: RegisterRequest, node: Node): boolean {
  if (request.SkipNodeUpdate) return false;
  return (
    request.ID !== node.ID ||
    request.Address !== node.Address ||
    request.Datacenter !== node.Datacenter ||
    !isSame(request.TaggedAddresses ?? {}, node.TaggedAddresses ?? {}) ||
    !isSame(request.NodeMeta ?? {}, node.Meta ?? {}) ||
    !isSame(request.Locality, node.Locality)
  );
}
