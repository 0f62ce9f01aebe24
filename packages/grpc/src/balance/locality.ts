import type { Locality } from "../channel/resolver.js";
import type { BalancerFactory, Member } from "./balancer.js";
import { leastLoaded } from "./least-loaded.js";
import { knownFields, numberOption } from "./options.js";
import { OVERPROVISIONING, Tiers } from "./tiers.js";

export interface LocalityOptions {
  /** Where this client stands; unknown parts match nobody. */
  readonly local: Locality;
  /** Within a tier. @default leastLoaded() */
  readonly child?: BalancerFactory;
  /** @default 1.4 */
  readonly overprovisioning?: number;
}

/**
 * The nearest members that can carry the calls: those of the same node, then of
 * the same zone, the same datacenter, and the rest. A tier that has lost
 * members spills over in proportion. Zones of very different size are better
 * served by leastLoaded() alone: near is not the same as idle.
 */
export function locality(options: LocalityOptions): BalancerFactory {
  const local = knownFields("locality.local", options.local, ["datacenter", "zone", "node"]) as Locality;
  if (local.datacenter === undefined && local.zone === undefined && local.node === undefined) {
    throw new TypeError("locality.local must name a datacenter, a zone or a node");
  }
  const overprovisioning = numberOption("locality.overprovisioning", options.overprovisioning, OVERPROVISIONING, { min: 1, max: 100 });
  const child = options.child ?? leastLoaded();
  return (environment) => new Tiers(environment, { tierOf: (member) => distance(local, member), child, overprovisioning });
}

/** 0 same node, 1 same zone, 2 same datacenter, 3 elsewhere. A zone or node of the same name in another datacenter is another one. */
function distance(local: Locality, member: Member): number {
  const there = member.endpoint.locality;
  if (there === undefined) return 3;
  const known = local.datacenter !== undefined && there.datacenter !== undefined;
  if (known && local.datacenter !== there.datacenter) return 3;
  if (local.node !== undefined && local.node === there.node) return 0;
  if (local.zone !== undefined && local.zone === there.zone) return 1;
  return known ? 2 : 3;
}
