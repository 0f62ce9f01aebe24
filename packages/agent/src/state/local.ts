/**
 * What was registered with this agent, kept beside the catalog and in step with it: Consul's anti-entropy, seen from outside.
 *
 * Local rows and their copies in the catalog change in the same command. The catalog can be changed behind the agent's back
 * (`/v1/catalog/deregister`); `syncLocal` repairs that, as Consul's minute-by-minute comparison does.
 */
import { deleteCheck, ensureCheck } from "./checks.js";
import type { RegisterRequest } from "./command.js";
import { isSame } from "./equal.js";
import type { HealthCheck, LocalCheck, LocalService, NodeService } from "./records.js";
import { register } from "./registration.js";
import { deleteService, ensureService } from "./services.js";
import { instanceKey, type Tables } from "./tables.js";

/** Never removed from the agent's own node by the comparison. */
const SERF_CHECK_ID = "serfHealth";
const CONSUL_SERVICE_ID = "consul";

export function setLocalService(
  tables: Tables,
  index: number,
  node: string,
  local: LocalService,
  checks: readonly LocalCheck[],
  replaceChecks: boolean,
  nowMs: number,
): void {
  const known = tables.localServices.get(local.service.ID);
  const kept = known === undefined ? local : { ...local, service: withOverriddenTags(tables, node, local.service) };
  tables.localServices.set(local.service.ID, kept);
  ensureService(tables, index, node, kept.service);
  const given = new Set(checks.map((row) => row.check.CheckID));
  for (const row of checks) setLocalCheck(tables, index, row, nowMs);
  if (!replaceChecks) return;
  for (const row of localChecksOf(tables, local.service.ID)) {
    if (!given.has(row.check.CheckID)) deleteLocalCheck(tables, index, node, row.check.CheckID, nowMs);
  }
}

/** Deregisters the service with its checks and sidecars. */
export function deleteLocalService(tables: Tables, index: number, node: string, id: string, nowMs: number): void {
  for (const row of localChecksOf(tables, id)) deleteLocalCheck(tables, index, node, row.check.CheckID, nowMs);
  tables.localServices.delete(id);
  deleteService(tables, index, node, id, nowMs);
  for (const sidecar of tables.localServices.values()) {
    if (sidecar.sidecarOf === id) deleteLocalService(tables, index, node, sidecar.service.ID, nowMs);
  }
}

/** A check that is registered again keeps its status and output when the new one was given none. */
export function setLocalCheck(tables: Tables, index: number, row: LocalCheck, nowMs: number): void {
  tables.localChecks.set(row.check.CheckID, row);
  ensureCheck(tables, index, row.check, nowMs);
}

export function deleteLocalCheck(tables: Tables, index: number, node: string, id: string, nowMs: number): void {
  tables.localChecks.delete(id);
  deleteCheck(tables, index, node, id, nowMs);
}

export function setLocalCheckStatus(tables: Tables, index: number, id: string, status: string, output: string, nowMs: number): void {
  const row = tables.localChecks.get(id);
  if (row === undefined) return;
  const check: HealthCheck = { ...row.check, Status: status, Output: output };
  tables.localChecks.set(id, { ...row, check });
  const service = check.ServiceID === "" ? undefined : tables.localServices.get(check.ServiceID)?.service;
  if (tables.nodes.get(check.Node.toLowerCase()) === undefined) return;
  if (service !== undefined && tables.services.get(instanceKey(check.Node, service.ID)) === undefined) {
    ensureService(tables, index, check.Node, service);
  }
  ensureCheck(tables, index, check, nowMs);
}

export function localChecksOf(tables: Tables, serviceId: string): LocalCheck[] {
  return tables.localChecks.values().filter((row) => row.check.ServiceID === serviceId);
}

/** Makes the catalog say about the agent's own node what the agent knows. */
export function syncLocal(tables: Tables, index: number, node: string, self: RegisterRequest, nowMs: number): void {
  register(tables, index, self, nowMs);
  const prefix = `${node.toLowerCase()}\0`;
  for (const row of tables.services.values(prefix)) {
    const id = row.service.ID;
    if (id !== CONSUL_SERVICE_ID && tables.localServices.get(id) === undefined) deleteService(tables, index, node, id, nowMs);
  }
  for (const check of tables.checks.values(prefix)) {
    const known = check.CheckID === SERF_CHECK_ID || tables.localChecks.get(check.CheckID) !== undefined;
    if (!known) deleteCheck(tables, index, node, check.CheckID, nowMs);
  }
  for (const row of tables.localServices.values()) {
    const service = withOverriddenTags(tables, node, row.service);
    if (service !== row.service) tables.localServices.set(service.ID, { ...row, service });
    ensureService(tables, index, node, service);
  }
  for (const row of tables.localChecks.values()) {
    const inCatalog = tables.checks.get(instanceKey(node, row.check.CheckID));
    if (inCatalog !== undefined && isSame({ ...inCatalog, Output: "" }, { ...row.check, Output: "" })) continue;
    ensureCheck(tables, index, row.check, nowMs);
  }
}

/** Whether `syncLocal` would change anything; asked before a command is written to the log. */
export function isInStep(tables: Tables, node: string): boolean {
  const prefix = `${node.toLowerCase()}\0`;
  const services = tables.services.values(prefix).filter((row) => row.service.ID !== CONSUL_SERVICE_ID);
  const checks = tables.checks.values(prefix).filter((check) => check.CheckID !== SERF_CHECK_ID);
  return (
    tables.nodes.get(node.toLowerCase()) !== undefined &&
    tables.checks.get(instanceKey(node, SERF_CHECK_ID)) !== undefined &&
    tables.services.get(instanceKey(node, CONSUL_SERVICE_ID)) !== undefined &&
    services.length === tables.localServices.size &&
    services.every((row) => isSameService(tables.localServices.get(row.service.ID)?.service, row.service)) &&
    checks.length === tables.localChecks.size &&
    checks.every((check) => isSameCheck(tables.localChecks.get(check.CheckID)?.check, check))
  );
}

function isSameService(local: NodeService | undefined, inCatalog: NodeService): boolean {
  if (local === undefined) return false;
  const comparable = (service: NodeService) => ({ ...service, TaggedAddresses: addressesOf(service), CreateIndex: 0, ModifyIndex: 0 });
  return isSame(comparable(local), comparable(inCatalog));
}

/** Virtual addresses are the catalog's own. */
function addressesOf({ TaggedAddresses }: NodeService): Record<string, unknown> {
  const { "consul-virtual": _virtual, ...rest } = TaggedAddresses ?? {};
  return rest;
}

function isSameCheck(local: HealthCheck | undefined, inCatalog: HealthCheck): boolean {
  if (local === undefined) return false;
  const { ServiceName, ServiceTags } = inCatalog;
  return isSame({ ...local, ServiceName, ServiceTags, CreateIndex: 0, ModifyIndex: 0 }, { ...inCatalog, CreateIndex: 0, ModifyIndex: 0 });
}

/** With EnableTagOverride the catalog's tags win. */
function withOverriddenTags(tables: Tables, node: string, service: NodeService): NodeService {
  if (!service.EnableTagOverride) return service;
  const inCatalog = tables.services.get(instanceKey(node, service.ID))?.service;
  return inCatalog === undefined || isSame(inCatalog.Tags, service.Tags) ? service : { ...service, Tags: inCatalog.Tags };
}
