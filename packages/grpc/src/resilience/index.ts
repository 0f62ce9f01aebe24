export { MemoryStore } from "../shared/memory-store.js";
export { type RedisClient, RedisStore } from "../shared/redis-store.js";
export { SHARED_KEY_PREFIX, type SharedStore, type SharedValue, updateShared } from "../shared/shared-store.js";
export { Breaker, type BreakerOptions, type BreakerState } from "./breaker.js";
export { Bulkhead, type BulkheadOptions } from "./bulkhead.js";
export { CallDouble, type CallDoubleParts } from "./call-double.js";
export { ClockDouble, type ResilienceClock, systemClock } from "./clock.js";
export { Collapse } from "./collapse.js";
export { ConcurrencyLimit, type ConcurrencyLimitOptions } from "./concurrency-limit.js";
export { type EndpointBreakersOptions, endpointBreakers } from "./endpoint-breakers.js";
export {
  available,
  broadcast,
  type FailMode,
  type FailModeName,
  type FanOut,
  failback,
  failfast,
  failModes,
  failover,
  failsafe,
  forking,
  mock,
} from "./fail-mode.js";
export { Failback, type FailbackOptions } from "./failback.js";
export { fallback } from "./fallback.js";
export { type Gauges, type Guard, guarded, type ResilienceEvent, type ResilienceListener } from "./guard.js";
export { LeasedRateLimit, type LeasedRateLimitOptions } from "./leased-rate-limit.js";
export { LoadShedding, type LoadSheddingOptions, PRIORITY_HEADER, type ProcessLoad } from "./load-shedding.js";
export { type OutlierEjectionOptions, outlierEjection } from "./outlier-ejection.js";
export {
  defaultClientPolicy,
  defaultServerPolicy,
  type HedgingOptions,
  parseResiliencePolicies,
  type ResiliencePolicies,
  type ResiliencePolicy,
  type RetryOptions,
} from "./policy.js";
export { serviceConfigOf } from "./policy-service-config.js";
export { type ClientPreset, type ClientPresetOptions, clientPreset } from "./preset.js";
export { ProcessLoadMeter } from "./process.js";
export { RateLimit, type RateLimitOptions, SlidingWindow, TokenBucket } from "./rate-limit.js";
export { type ReportLoadOptions, reportLoad } from "./report-load.js";
export { Resilience, type ResilienceOptions } from "./resilience.js";
export { RetryBudget, type RetryBudgetOptions } from "./retry-budget.js";
export { StaleCache, type StaleCacheOptions } from "./stale-cache.js";
export { AdaptiveThrottle, type ThrottleOptions } from "./throttle.js";
