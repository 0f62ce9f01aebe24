import type { BalancerFactory, Member } from "./balancer.js";
import { leastLoaded } from "./least-loaded.js";
import { numberOption } from "./options.js";
import { OVERPROVISIONING, Tiers } from "./tiers.js";

export interface PriorityOptions {
  /** The endpoint's metadata that holds its priority, 0 being the first; missing or not a number counts as 0. @default "priority" */
  readonly metadata?: string;
  /** Within a group. @default leastLoaded() */
  readonly child?: BalancerFactory;
  /** @default 1.4 */
  readonly overprovisioning?: number;
}

/** Fail-over groups: all calls to the first priority while it can carry them, what it cannot carry to the next. */
export function priority(options: PriorityOptions = {}): BalancerFactory {
  const metadata = options.metadata ?? "priority";
  if (typeof metadata !== "string" || metadata === "") throw new TypeError("priority.metadata must be a name");
  const overprovisioning = numberOption("priority.overprovisioning", options.overprovisioning, OVERPROVISIONING, { min: 1, max: 100 });
  const tierOf = (member: Member): number => {
    const number = Number(member.endpoint.metadata[metadata] ?? 0);
    return Number.isFinite(number) ? Math.max(0, Math.floor(number)) : 0;
  };
  const child = options.child ?? leastLoaded();
  return (environment) => new Tiers(environment, { tierOf, child, overprovisioning });
}
