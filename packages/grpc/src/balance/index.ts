export type {
  Balancer,
  BalancerEnvironment,
  BalancerFactory,
  ConnectivityState,
  Member,
  Outcome,
  PickContext,
} from "./balancer.js";
export { systemEnvironment } from "./clock.js";
export { type Choose, custom } from "./custom.js";
export { decrementingRandom } from "./decrementing-random.js";
export { decrementingRoundRobin } from "./decrementing-round-robin.js";
export { type Directed, directed, ENDPOINT_HEADER } from "./directed.js";
export { isMemberFault } from "./fault.js";
export { fnv1a32 } from "./hash.js";
export type { HashKeySource } from "./hash-key.js";
export { type IpHashOptions, ipHash } from "./ip-hash.js";
export { type LeastActiveOptions, leastActive } from "./least-active.js";
export { type LeastLoadedOptions, leastLoaded } from "./least-loaded.js";
export { type LeastUsedOptions, leastUsed } from "./least-used.js";
export { type LocalityOptions, locality } from "./locality.js";
export { type MaglevOptions, maglev } from "./maglev.js";
export { EnvironmentDouble, MemberDouble, memberDoubles, pickContextDouble, pickContextWithHeader } from "./member-double.js";
export { decodeLoadReport, encodeLoadReport, LOAD_REPORT_TRAILER, type LoadReport } from "./orca.js";
export { type PanicOptions, panic } from "./panic.js";
export { pickFirst } from "./pick-first.js";
export {
  applyWeights,
  type PolicyEntry,
  parsePolicyEntry,
  serviceConfigOfMeta,
  serviceConfigOfPolicyEntry,
} from "./policy-entry.js";
export { type PriorityOptions, priority } from "./priority.js";
export { random } from "./random.js";
export { balancerByName, balancerFromConfig, balancerNames } from "./registry.js";
export { type LoadReportReceiver, type ReportedLoadOptions, reportedLoad } from "./reported-load.js";
export { type RingHashOptions, ringHash } from "./ring-hash.js";
export { roundRobin } from "./round-robin.js";
export { type RouteRule, type RoutesOptions, routes } from "./routes.js";
export { seededRandom } from "./seeded-random.js";
export { serviceConfigOfServiceResolver } from "./service-resolver.js";
export { type SharedRoundRobinOptions, sharedRoundRobin } from "./shared-round-robin.js";
export { type SlowStartOptions, slowStart } from "./slow-start.js";
export { type StickyOptions, sticky } from "./sticky.js";
export { chooseSubset, type SubsetOptions, subset, subsetResolver } from "./subset.js";
export { weightedRandom } from "./weighted-random.js";
export { weightedRoundRobin } from "./weighted-round-robin.js";
