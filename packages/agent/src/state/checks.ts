/** Health checks in the catalog. */
import { StateError } from "./command.js";
import { isSame } from "./equal.js";
import type { HealthCheck } from "./records.js";
import { touchService, touchServicesOfNode } from "./services.js";
import { destroySessionsOfCheck } from "./sessions.js";
import { instanceKey, type Tables } from "./tables.js";

/** Inserts or updates a check; an identical one keeps its ModifyIndex. A critical check ends the sessions that depend on it. */
export function ensureCheck(tables: Tables, index: number, check: HealthCheck, nowMs: number): void {
  if (tables.nodes.get(check.Node.toLowerCase()) === undefined) throw new StateError("Missing node registration");
  const key = instanceKey(check.Node, check.CheckID);
  const existing = tables.checks.get(key);
  const service = check.ServiceID === "" ? undefined : tables.services.get(instanceKey(check.Node, check.ServiceID));
  if (check.ServiceID !== "" && service === undefined) throw new StateError("Missing service registration");
  const next: HealthCheck = {
    ...check,
    Status: check.Status === "" ? "critical" : check.Status,
    ServiceName: service?.service.Service ?? check.ServiceName,
    ServiceTags: service?.service.Tags ?? check.ServiceTags,
    CreateIndex: existing?.CreateIndex ?? index,
    ModifyIndex: existing?.ModifyIndex ?? index,
  };
  const modified = existing === undefined || !isSame(existing, next);
  if (modified) {
    if (service !== undefined) touchService(tables, index, service);
    else touchServicesOfNode(tables, index, check.Node);
  }
  if (next.Status === "critical") destroySessionsOfCheck(tables, index, check.Node, check.CheckID, nowMs);
  if (!modified) return;
  tables.checks.set(key, { ...next, ModifyIndex: index });
  tables.setIndex("checks", index);
}

export function deleteCheck(tables: Tables, index: number, node: string, checkId: string, nowMs: number): void {
  const key = instanceKey(node, checkId);
  const existing = tables.checks.get(key);
  if (existing === undefined) return;
  if (existing.ServiceID !== "") {
    const service = tables.services.get(instanceKey(node, existing.ServiceID));
    if (service !== undefined) touchService(tables, index, service);
  } else {
    touchServicesOfNode(tables, index, node);
    tables.setIndex("services", index);
  }
  tables.checks.delete(key);
  tables.setIndex("checks", index);
  destroySessionsOfCheck(tables, index, node, checkId, nowMs);
}
