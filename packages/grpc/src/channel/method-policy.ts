import { Code } from "../call/code.js";
import type { Method } from "../contract/contract.js";
import type { MethodConfig, ServiceConfig } from "./service-config.js";

/** gRFC A6's limit. */
export const ATTEMPTS_MAX = 5;

export interface RetryPolicy {
  /** With the first one. */
  readonly attemptsMax: number;
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly backoffMultiplier: number;
  readonly codes: ReadonlySet<Code>;
}

export interface HedgePolicy {
  readonly attemptsMax: number;
  readonly delayMs: number;
  /** Errors that do not end the call. */
  readonly nonFatalCodes: ReadonlySet<Code>;
}

/** What service config and channel options say about one method, with the defaults filled in. */
export interface MethodPolicy {
  readonly timeoutMs: number;
  readonly waitForReady: boolean;
  readonly responseBytesMax: number;
  readonly requestBytesMax: number;
  readonly retry: RetryPolicy | undefined;
  readonly hedge: HedgePolicy | undefined;
}

export interface PolicyDefaults {
  readonly timeoutMs: number;
  readonly waitForReady: boolean;
  readonly responseBytesMax: number;
  readonly retry: RetryPolicy | undefined;
  readonly hedge: HedgePolicy | undefined;
}

/** The most specific entry wins: method, then service, then the one without a service. */
export function methodPolicy(method: Method, config: ServiceConfig | undefined, defaults: PolicyDefaults): MethodPolicy {
  const found = findConfig(method, config?.methodConfig ?? []);
  const retry = found?.retryPolicy && retryPolicy(found.retryPolicy);
  const hedge = found?.hedgingPolicy && hedgePolicy(found.hedgingPolicy);
  return {
    timeoutMs: Math.min(found?.timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(found.timeout), defaults.timeoutMs),
    waitForReady: found?.waitForReady ?? defaults.waitForReady,
    responseBytesMax: Math.min(found?.maxResponseMessageBytes ?? Number.POSITIVE_INFINITY, defaults.responseBytesMax),
    requestBytesMax: found?.maxRequestMessageBytes ?? Number.POSITIVE_INFINITY,
    retry: retry ?? (hedge === undefined ? defaults.retry : undefined),
    hedge: hedge ?? (retry === undefined ? defaults.hedge : undefined),
  };
}

function findConfig(method: Method, configs: readonly MethodConfig[]): MethodConfig | undefined {
  const named = (service: string, name: string): MethodConfig | undefined =>
    configs.find((config) => config.name.some((entry) => (entry.service ?? "") === service && (entry.method ?? "") === name));
  return named(method.service, method.name) ?? named(method.service, "") ?? named("", "");
}

export function retryPolicy(json: NonNullable<MethodConfig["retryPolicy"]>): RetryPolicy {
  if (!(json.maxAttempts >= 2)) throw new RangeError(`retryPolicy.maxAttempts must be 2 or more, not ${json.maxAttempts}`);
  if (json.retryableStatusCodes.length === 0) throw new RangeError("retryPolicy.retryableStatusCodes must name at least one code");
  if (!(json.backoffMultiplier > 0)) throw new RangeError(`retryPolicy.backoffMultiplier must be positive, not ${json.backoffMultiplier}`);
  return {
    attemptsMax: Math.min(json.maxAttempts, ATTEMPTS_MAX),
    initialBackoffMs: durationMs(json.initialBackoff),
    maxBackoffMs: durationMs(json.maxBackoff),
    backoffMultiplier: json.backoffMultiplier,
    codes: codes(json.retryableStatusCodes),
  };
}

export function hedgePolicy(json: NonNullable<MethodConfig["hedgingPolicy"]>): HedgePolicy {
  if (!(json.maxAttempts >= 2)) throw new RangeError(`hedgingPolicy.maxAttempts must be 2 or more, not ${json.maxAttempts}`);
  return {
    attemptsMax: Math.min(json.maxAttempts, ATTEMPTS_MAX),
    delayMs: json.hedgingDelay === undefined ? 0 : durationMs(json.hedgingDelay),
    nonFatalCodes: codes(json.nonFatalStatusCodes ?? []),
  };
}

/** protobuf's Duration in JSON: "1.5s". */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d{1,9})?)s$/.exec(text);
  if (match === null) throw new RangeError(`duration ${JSON.stringify(text)} must look like "1.5s"`);
  return Number(match[1]) * 1_000;
}

function codes(list: readonly (string | number)[]): ReadonlySet<Code> {
  return new Set(
    list.map((entry) => {
      const code = typeof entry === "number" ? entry : Code[entry.toUpperCase() as keyof typeof Code];
      if (code === undefined || !Object.values(Code).includes(code as Code))
        throw new RangeError(`unknown status code ${JSON.stringify(entry)}`);
      return code as Code;
    }),
  );
}
