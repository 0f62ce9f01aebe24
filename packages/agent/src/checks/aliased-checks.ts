import type { LocalCheck } from "../state/records.js";
import type { Tables } from "../state/tables.js";
import type { AliasedCheck, CheckStatus } from "./check-runner.js";

/** The seam's `aliased`, over the agent's own registrations or, when a node is named, over the catalog. */
export function aliasedChecks(tables: Tables, node: string, serviceId: string): readonly AliasedCheck[] | undefined {
  const concerns = (check: LocalCheck["check"]): boolean => check.ServiceID === "" || check.ServiceID === serviceId;
  const found =
    node === ""
      ? tables.localChecks.values().map((row) => row.check)
      : tables.checks.values(`${node.toLowerCase()}\0`).filter((check) => check.Node.toLowerCase() === node.toLowerCase());
  const checks = found.filter(concerns);
  const exists =
    checks.some((check) => check.ServiceID === serviceId) ||
    (node === ""
      ? tables.localServices.get(serviceId) !== undefined
      : tables.services.values(`${node.toLowerCase()}\0`).some((row) => row.service.ID === serviceId));
  if (!exists && serviceId !== "") return undefined;
  return checks.map(({ CheckID, Name, Status, Output }) => ({ id: CheckID, name: Name, status: Status as CheckStatus, output: Output }));
}
