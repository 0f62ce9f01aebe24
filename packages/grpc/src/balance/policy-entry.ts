import type { Endpoint } from "../channel/resolver.js";
import type { ServiceConfig } from "../channel/service-config.js";
import { knownFields, shown } from "./options.js";
import { balancerByName } from "./registry.js";
import { WEIGHT_MAX } from "./weight.js";

/**
 * The one format of a balancing policy in a registry's KV store, as JSON:
 *
 *   { "policy": "weighted_round_robin", "options": {}, "weights": { "demo-1": 5, "10.0.0.7:50051": 1 }, "otherWeights": 1 }
 *
 * All fields are optional. `weights` are by endpoint id or address and replace
 * those of the registry; `otherWeights` is for endpoints that are not listed.
 */
export interface PolicyEntry {
  readonly policy?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly weights?: Readonly<Record<string, number>>;
  readonly otherWeights?: number;
}

/** Endpoints that one entry may give weights to. */
export const WEIGHTS_MAX = 100_000;

/** Throws TypeError or RangeError naming the field at fault; whoever watches the entry then keeps the last good one. */
export function parsePolicyEntry(text: string): PolicyEntry {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new TypeError(`policy entry is not JSON: ${(thrown as Error).message}`, { cause: thrown });
  }
  if (typeof value !== "object" || value === null) throw new TypeError(`policy entry must be an object, got ${shown(value)}`);
  const { policy, options, weights, otherWeights } = knownFields("policy entry", value, ["policy", "options", "weights", "otherWeights"]);
  if (policy !== undefined) {
    if (typeof policy !== "string") throw new TypeError(`policy entry: policy must be a name, got ${shown(policy)}`);
    balancerByName(policy, options);
  } else if (options !== undefined) {
    throw new TypeError("policy entry has options without a policy");
  }
  if (weights !== undefined) checkWeights(weights);
  if (otherWeights !== undefined) checkWeight("otherWeights", otherWeights);
  return value as PolicyEntry;
}

function checkWeights(weights: unknown): void {
  if (typeof weights !== "object" || weights === null || Array.isArray(weights)) {
    throw new TypeError(`policy entry: weights must be an object, got ${shown(weights)}`);
  }
  const entries = Object.entries(weights);
  if (entries.length > WEIGHTS_MAX) throw new RangeError(`policy entry: weights has ${entries.length} entries, at most ${WEIGHTS_MAX}`);
  for (const [name, weight] of entries) checkWeight(`weights[${JSON.stringify(name)}]`, weight);
}

function checkWeight(field: string, weight: unknown): void {
  if (typeof weight === "number" && weight >= 0 && weight <= WEIGHT_MAX) return;
  throw new RangeError(`policy entry: ${field} must be a number from 0 up to ${WEIGHT_MAX}, got ${shown(weight)}`);
}

/** The entry's policy, for a Resolution's serviceConfig. */
export function serviceConfigOfPolicyEntry(entry: PolicyEntry): ServiceConfig {
  return entry.policy === undefined ? {} : { loadBalancingConfig: [{ [entry.policy]: entry.options ?? {} }] };
}

/** Endpoints with the entry's weights. An endpoint whose weight stays is the same object. */
export function applyWeights(endpoints: readonly Endpoint[], entry: PolicyEntry): readonly Endpoint[] {
  const { weights = {}, otherWeights } = entry;
  return endpoints.map((endpoint) => {
    const weight = own(weights, endpoint.id) ?? own(weights, endpoint.address) ?? otherWeights ?? endpoint.weight;
    return weight === endpoint.weight ? endpoint : { ...endpoint, weight };
  });
}

function own(weights: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(weights, name) ? weights[name] : undefined;
}

/** Service meta that names a policy: `balance` is a name, or gRPC's loadBalancingConfig as JSON. */
export function serviceConfigOfMeta(meta: Readonly<Record<string, string>>): ServiceConfig | undefined {
  const text = Object.hasOwn(meta, "balance") ? meta.balance : undefined;
  if (text === undefined || text === "") return undefined;
  if (!text.startsWith("[")) {
    balancerByName(text);
    return { loadBalancingConfig: [{ [text]: {} }] };
  }
  const loadBalancingConfig: unknown = JSON.parse(text);
  if (!Array.isArray(loadBalancingConfig)) throw new TypeError(`meta balance must be a name or a list, got ${shown(text)}`);
  return { loadBalancingConfig };
}
