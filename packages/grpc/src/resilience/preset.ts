import type { BalancerFactory } from "../balance/balancer.js";
import { leastLoaded } from "../balance/least-loaded.js";
import { slowStart } from "../balance/slow-start.js";
import type { Interceptor } from "../call/interceptor.js";
import type { ServiceConfig } from "../channel/service-config.js";
import { outlierEjection } from "./outlier-ejection.js";
import { defaultClientPolicy, needsInterceptor, type ResiliencePolicies } from "./policy.js";
import { Resilience, type ResilienceOptions } from "./resilience.js";

/** What a channel takes of a preset: spread it into the options of createChannel. */
export interface ClientPreset {
  readonly balance: BalancerFactory;
  /** None where no policy has a part that stands around calls: then a call costs no more than without. */
  readonly interceptors: readonly Interceptor[];
  readonly serviceConfig: ServiceConfig;
  /** Policies can be changed through it, where they had a part around calls from the start; retries and timeouts are the channel's and stay as they were. */
  readonly resilience: Resilience;
}

export interface ClientPresetOptions extends ResilienceOptions {
  /** @default least loaded, new members brought up slowly */
  readonly balance?: BalancerFactory;
  /** @default retries with a budget */
  readonly policies?: ResiliencePolicies;
}

/**
 * What a client should have where nobody chose: calls go where there is room,
 * members that fail are taken out and come back slowly, and a call that
 * failed is tried elsewhere as long as such calls are few. `createChannel(target, { ...clientPreset() })`.
 */
export function clientPreset(options: ClientPresetOptions = {}): ClientPreset {
  const { onEvent } = options;
  const child = options.balance ?? slowStart({ child: leastLoaded() });
  const policies = options.policies ?? { default: defaultClientPolicy };
  const resilience = new Resilience(policies, options);
  return {
    balance: outlierEjection({ child, ...(onEvent === undefined ? {} : { onEvent }) }),
    interceptors: needsInterceptor(policies) ? [resilience.interceptor] : [],
    serviceConfig: resilience.serviceConfig(),
    resilience,
  };
}
