import type { MethodConfig, ServiceConfig } from "../channel/service-config.js";
import type { ResiliencePolicies, ResiliencePolicy } from "./policy.js";

/** gRFC A6's throttle has 10 tokens by default and a ratio of 0.1: a channel that fails all the time retries one call in ten. */
const THROTTLE_TOKENS = 100;

/** What the channel does itself (timeouts, retries, hedging and their throttle), in the words of gRPC's service config. */
export function serviceConfigOf(policies: ResiliencePolicies): ServiceConfig {
  const methodConfig: MethodConfig[] = Object.entries(policies.methods ?? {}).map(([name, policy]) => {
    const [service = "", method] = name.split("/");
    return methodConfigOf(policy, method === undefined ? { service } : { service, method });
  });
  if (policies.default !== undefined) methodConfig.push(methodConfigOf(policies.default, {}));
  const budget = policies.default?.budget;
  const retryThrottling =
    budget === undefined ? {} : { retryThrottling: { maxTokens: THROTTLE_TOKENS, tokenRatio: budget.retryRatio ?? 0.2 } };
  return { methodConfig, ...retryThrottling };
}

function methodConfigOf(policy: ResiliencePolicy, name: MethodConfig["name"][0]): MethodConfig {
  const { retry, hedging, timeoutMs } = policy;
  return {
    name: [name],
    ...(timeoutMs === undefined ? {} : { timeout: duration(timeoutMs) }),
    ...(retry === undefined
      ? {}
      : {
          retryPolicy: {
            maxAttempts: retry.attemptsMax ?? 3,
            initialBackoff: duration(retry.initialBackoffMs ?? 10),
            maxBackoff: duration(retry.maxBackoffMs ?? Math.max(1_000, retry.initialBackoffMs ?? 10)),
            backoffMultiplier: retry.backoffMultiplier ?? 2,
            retryableStatusCodes: retry.codes ?? ["UNAVAILABLE"],
          },
        }),
    ...(hedging === undefined
      ? {}
      : { hedgingPolicy: { maxAttempts: hedging.attemptsMax ?? 2, hedgingDelay: duration(hedging.delayMs ?? 100) } }),
  };
}

/** As protobuf's JSON has it: seconds, with up to nine digits. */
function duration(valueMs: number): string {
  return `${(valueMs / 1_000).toFixed(6).replace(/\.?0+$/, "")}s`;
}
