import type { AgentContext } from "./context.js";
import { HttpError } from "./message.js";

/** A single node knows only its own datacenter. */
export function requireDatacenter(context: AgentContext, datacenter: string): void {
  if (datacenter !== "" && datacenter !== context.identity.datacenter) throw new HttpError(500, "No path to datacenter");
}
