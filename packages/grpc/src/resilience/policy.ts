import { knownFields, numberOption, shown } from "../balance/options.js";
import { Code } from "../call/code.js";
import type { BreakerOptions } from "./breaker.js";
import { Breaker } from "./breaker.js";
import { Bulkhead, type BulkheadOptions } from "./bulkhead.js";
import { ConcurrencyLimit, type ConcurrencyLimitOptions } from "./concurrency-limit.js";
import { LoadShedding, type LoadSheddingOptions } from "./load-shedding.js";
import { RateLimit, type RateLimitOptions } from "./rate-limit.js";
import { RetryBudget, type RetryBudgetOptions } from "./retry-budget.js";
import { StaleCache, type StaleCacheOptions } from "./stale-cache.js";
import { AdaptiveThrottle, type ThrottleOptions } from "./throttle.js";

export interface RetryOptions {
  /** The first one counts. @default 3 */
  readonly attemptsMax?: number;
  /** Names as in gRPC. A code that does not say "not processed" (DEADLINE_EXCEEDED, INTERNAL, ...) only for methods that may be repeated. @default ["UNAVAILABLE"] */
  readonly codes?: readonly string[];
  /** @default 10 */
  readonly initialBackoffMs?: number;
  /** @default 1_000 */
  readonly maxBackoffMs?: number;
  /** @default 2 */
  readonly backoffMultiplier?: number;
}

export interface HedgingOptions {
  /** @default 2 */
  readonly attemptsMax?: number;
  /** @default 100 */
  readonly delayMs?: number;
}

/**
 * What holds for the calls of a method or service. Plain data: it can come from
 * the configuration centre and change while calls run. A part that is absent is
 * off; `{}` switches it on with its defaults.
 */
export interface ResiliencePolicy {
  /** A call without a deadline gets this one; a longer one is cut. */
  readonly timeoutMs?: number;
  readonly retry?: RetryOptions;
  readonly hedging?: HedgingOptions;
  /** Of the whole channel; counts only in `default`. */
  readonly budget?: RetryBudgetOptions;
  readonly breaker?: BreakerOptions;
  readonly throttle?: ThrottleOptions;
  readonly bulkhead?: BulkheadOptions;
  readonly concurrency?: ConcurrencyLimitOptions;
  readonly rateLimit?: RateLimitOptions;
  /** Servers only. */
  readonly shedding?: LoadSheddingOptions;
  readonly staleCache?: StaleCacheOptions;
  /** Equal calls at the same time become one. */
  readonly collapse?: boolean;
}

/** Policies by "package.Service/Method", else "package.Service", else `default`: the nearest one counts, whole. */
export interface ResiliencePolicies {
  readonly default?: ResiliencePolicy;
  readonly methods?: Readonly<Record<string, ResiliencePolicy>>;
}

/** What a client should have: failed calls are tried elsewhere, and no storm comes out of it. All of it is the channel's own work, so calls are not wrapped. */
export const defaultClientPolicy: ResiliencePolicy = { retry: {}, budget: {} };
/** What a server should have: it refuses what it cannot do in time. */
export const defaultServerPolicy: ResiliencePolicy = { concurrency: {}, shedding: {} };

const noLoad = { loopDelayMs: () => 0, cpuShare: () => 0 };

/** The names of each part's fields, and the check of their values: that of the part itself. */
const parts: Readonly<Record<string, { readonly fields: readonly string[]; readonly check: (options: never) => unknown }>> = {
  retry: {
    fields: ["attemptsMax", "codes", "initialBackoffMs", "maxBackoffMs", "backoffMultiplier"],
    check: checkRetry,
  },
  hedging: { fields: ["attemptsMax", "delayMs"], check: checkHedging },
  budget: { fields: ["retryRatio", "retriesPerSecondMin", "windowMs"], check: (options) => new RetryBudget(options, 0) },
  breaker: { fields: ["failureShare", "callsMin", "windowMs", "openMs", "probes"], check: (options) => new Breaker(options) },
  throttle: { fields: ["ratio", "windowMs"], check: (options) => new AdaptiveThrottle(options) },
  bulkhead: { fields: ["callsMax"], check: (options) => new Bulkhead(options) },
  concurrency: { fields: ["limitMin", "limitMax", "limitAtFirst", "tolerance"], check: (options) => new ConcurrencyLimit(options) },
  rateLimit: { fields: ["callsPerSecond", "algorithm", "burst", "per", "keysMax"], check: (options) => new RateLimit(options) },
  shedding: { fields: ["loopDelayMs", "cpuShare"], check: (options) => new LoadShedding(options, noLoad) },
  staleCache: { fields: ["freshMs", "staleMs", "entriesMax", "vary"], check: (options) => new StaleCache(options, () => 0) },
};

/** Checks policies of unknown origin (JSON); throws TypeError or RangeError with the path of the field at fault. */
export function parseResiliencePolicies(value: unknown): ResiliencePolicies {
  const { default: fallback, methods } = knownFields("policies", value, ["default", "methods"]);
  if (fallback !== undefined) checkPolicy("policies.default", fallback);
  if (methods !== undefined) {
    if (typeof methods !== "object" || methods === null || Array.isArray(methods)) {
      throw new TypeError(`policies.methods must be an object, got ${shown(methods)}`);
    }
    for (const [name, policy] of Object.entries(methods)) {
      if (!/^[\w.]+(\/\w+)?$/.test(name))
        throw new TypeError(`policies.methods: ${shown(name)} is neither "package.Service" nor "package.Service/Method"`);
      checkPolicy(`policies.methods["${name}"]`, policy);
      if ((policy as ResiliencePolicy).budget !== undefined) {
        throw new TypeError(`policies.methods["${name}"].budget: a retry budget belongs to the whole channel, put it in policies.default`);
      }
    }
  }
  return value as ResiliencePolicies;
}

function checkPolicy(field: string, value: unknown): void {
  if (typeof value !== "object" || value === null) throw new TypeError(`${field} must be an object, got ${shown(value)}`);
  const policy = knownFields(field, value, ["timeoutMs", "collapse", ...Object.keys(parts)]);
  numberOption(`${field}.timeoutMs`, policy.timeoutMs, 1, { min: 0, exclusive: true });
  if (policy.collapse !== undefined && typeof policy.collapse !== "boolean") {
    throw new TypeError(`${field}.collapse must be true or false, got ${shown(policy.collapse)}`);
  }
  for (const [name, part] of Object.entries(parts)) {
    if (policy[name] === undefined) continue;
    const options = knownFields(`${field}.${name}`, policy[name], part.fields);
    try {
      part.check(options as never);
    } catch (thrown) {
      // The part names its own field; the path says whose.
      if (thrown instanceof Error) thrown.message = `${field}: ${thrown.message}`;
      throw thrown;
    }
  }
  if (policy.retry !== undefined && policy.hedging !== undefined) {
    throw new TypeError(`${field} has both retry and hedging; a method has one of them (gRFC A6)`);
  }
}

function checkRetry(options: RetryOptions): void {
  numberOption("retry.attemptsMax", options.attemptsMax, 3, { min: 2, max: 5, integer: true });
  const initial = numberOption("retry.initialBackoffMs", options.initialBackoffMs, 10, { min: 1 });
  numberOption("retry.maxBackoffMs", options.maxBackoffMs, Math.max(1_000, initial), { min: initial });
  numberOption("retry.backoffMultiplier", options.backoffMultiplier, 2, { min: 1, max: 100 });
  const codes: unknown = options.codes ?? ["UNAVAILABLE"];
  if (!Array.isArray(codes) || codes.length === 0) throw new TypeError(`retry.codes must be a list of codes, got ${shown(codes)}`);
  for (const code of codes) {
    if (typeof code !== "string" || !Object.hasOwn(Code, code) || code === "OK") {
      throw new RangeError(`retry.codes: ${shown(code)} is not a code that can be retried; write it as "UNAVAILABLE"`);
    }
  }
}

function checkHedging(options: HedgingOptions): void {
  numberOption("hedging.attemptsMax", options.attemptsMax, 2, { min: 2, max: 5, integer: true });
  numberOption("hedging.delayMs", options.delayMs, 100, { min: 0 });
}

/** Whether some policy has a part that stands around calls; retries, hedging and timeouts are the channel's. */
export function needsInterceptor(policies: ResiliencePolicies): boolean {
  const own = ["breaker", "throttle", "bulkhead", "concurrency", "rateLimit", "shedding", "staleCache", "collapse"] as const;
  return [policies.default, ...Object.values(policies.methods ?? {})].some((policy) => own.some((part) => policy?.[part] !== undefined));
}
