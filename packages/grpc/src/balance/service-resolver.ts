import type { ServiceConfig } from "../channel/service-config.js";
import { shown } from "./options.js";

/**
 * The `LoadBalancer` of Consul's `service-resolver` config entry as a service config
 * (developer.hashicorp.com, "Service resolver configuration entry reference").
 * Undefined when the entry has none. What Envoy can and a gRPC client cannot
 * (cookies, query parameters) is passed over; a policy that is not known throws.
 */
export function serviceConfigOfServiceResolver(entry: unknown): ServiceConfig | undefined {
  const balancer = field(entry, "LoadBalancer");
  const policy = field(balancer, "Policy");
  if (policy === undefined || policy === "") return undefined;
  switch (policy as string) {
    case "random":
    case "round_robin":
      return config(policy as string, {});
    case "least_request": {
      const choices = Number(field(field(balancer, "LeastRequestConfig"), "ChoiceCount") ?? 0);
      return config("least_active", choices >= 2 ? { choices: Math.min(choices, 64) } : { choices: 2 });
    }
    case "ring_hash":
    case "maglev":
      return hashConfig(policy as string, field(balancer, "HashPolicies"));
    default:
      throw new RangeError(
        `service-resolver LoadBalancer.Policy ${shown(policy)} is not known; known are random, round_robin, least_request, ring_hash, maglev`,
      );
  }
}

/** The first hash policy that a gRPC client has: a header is metadata; the source address is the caller's, which does not tell its calls apart. */
function hashConfig(policy: string, hashPolicies: unknown): ServiceConfig {
  const policies = Array.isArray(hashPolicies) ? hashPolicies : [];
  for (const hashPolicy of policies) {
    if (field(hashPolicy, "SourceIP") === true) return config("ip_hash", {});
    const name = field(hashPolicy, "FieldValue");
    if (field(hashPolicy, "Field") === "header" && typeof name === "string" && name !== "")
      return config(policy, { key: { metadata: name } });
  }
  return config(policy, {});
}

function config(policy: string, options: Readonly<Record<string, unknown>>): ServiceConfig {
  return { loadBalancingConfig: [{ [policy]: options }] };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
