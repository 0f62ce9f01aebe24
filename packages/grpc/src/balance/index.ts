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
export { isMemberFault } from "./fault.js";
export { type LeastLoadedOptions, leastLoaded } from "./least-loaded.js";
export { EnvironmentDouble, MemberDouble, memberDoubles, pickContextDouble, pickContextWithHeader } from "./member-double.js";
export { random } from "./random.js";
export { balancerByName, balancerNames } from "./registry.js";
export { roundRobin } from "./round-robin.js";
export { seededRandom } from "./seeded-random.js";
