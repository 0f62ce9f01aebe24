import type { BalancerFactory } from "./balancer.js";
import { type LeastLoadedOptions, leastLoaded } from "./least-loaded.js";
import { knownFields, shown } from "./options.js";
import { random } from "./random.js";
import { roundRobin } from "./round-robin.js";

type Build = (options: Readonly<Record<string, unknown>>) => BalancerFactory;

interface Entry {
  readonly fields: readonly string[];
  readonly build: Build;
}

/** Options are checked by the factories themselves; here only the names of the fields are. */
const entries: Readonly<Record<string, Entry>> = {
  random: { fields: [], build: () => random() },
  "round-robin": { fields: [], build: () => roundRobin() },
  "least-loaded": {
    fields: ["decayMs", "failureLatencyMs"],
    build: (options) => leastLoaded(options as LeastLoadedOptions),
  },
};

/** Names that other systems use for the same thing (gRPC service config, Envoy, Consul, Finagle, Kitex, Dubbo). */
const aliases: Readonly<Record<string, string>> = {
  "p2c-ewma": "least-loaded",
  "peak-ewma": "least-loaded",
  p2c: "least-loaded",
  rr: "round-robin",
};

/** The names that `balancerByName` knows. */
export const balancerNames: readonly string[] = Object.keys(entries);

/**
 * A policy by its name, for names that come from configuration. "round_robin",
 * "roundRobin" and "round-robin" are one name; other systems' names for the same
 * policy are known too. An unknown name or option throws and names the known ones.
 */
export function balancerByName(name: string, options?: unknown): BalancerFactory {
  const canonical = canonicalName(name);
  const entry = entries[canonical];
  if (entry === undefined || !Object.hasOwn(entries, canonical)) {
    throw new RangeError(`balancer ${shown(name)} is not known; known are ${balancerNames.join(", ")}`);
  }
  return entry.build(knownFields(canonical, options, entry.fields));
}

function canonicalName(name: unknown): string {
  const kebab = String(name)
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase()
    .replace(/-experimental$/, "");
  return (Object.hasOwn(aliases, kebab) ? aliases[kebab] : undefined) ?? kebab;
}
