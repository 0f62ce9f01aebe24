import type { BalancerEnvironment } from "./balancer.js";

/** The real clock (monotonic), chance, and loop. */
export const systemEnvironment: BalancerEnvironment = {
  nowMs: () => performance.now(),
  random: Math.random,
  defer: (slice) => {
    setImmediate(slice);
  },
};
