import type { AliasedCheck, CheckOutcome } from "./check-runner.js";
import { critical, passing } from "./probe.js";

/** What an alias check says: the worst of what it mirrors, the first critical one or the last warning by name. */
export function aliasOutcome(node: string, serviceId: string, checks: readonly AliasedCheck[] | undefined): CheckOutcome {
  if (checks === undefined) return critical(`Service ${serviceId} could not be found on node ${node}`);
  let outcome = passing("No checks found.");
  for (const check of checks) {
    if (check.status !== "passing") {
      outcome = { status: check.status, output: `Aliased check "${check.name}" failing: ${check.output}` };
      if (check.status === "critical") return outcome;
    } else if (outcome.status === "passing") outcome = passing("All checks passing.");
  }
  return outcome;
}
