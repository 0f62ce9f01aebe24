import type { BalancerFactory } from "./balancer.js";
import { decrementingRandom } from "./decrementing-random.js";
import { decrementingRoundRobin } from "./decrementing-round-robin.js";
import { type IpHashOptions, ipHash } from "./ip-hash.js";
import { type LeastActiveOptions, leastActive } from "./least-active.js";
import { type LeastLoadedOptions, leastLoaded } from "./least-loaded.js";
import { type LeastUsedOptions, leastUsed } from "./least-used.js";
import { type LocalityOptions, locality } from "./locality.js";
import { type MaglevOptions, maglev } from "./maglev.js";
import { knownFields, shown } from "./options.js";
import { type PanicOptions, panic } from "./panic.js";
import { pickFirst } from "./pick-first.js";
import { type PriorityOptions, priority } from "./priority.js";
import { random } from "./random.js";
import { type ReportedLoadOptions, reportedLoad } from "./reported-load.js";
import { type RingHashOptions, ringHash } from "./ring-hash.js";
import { roundRobin } from "./round-robin.js";
import { type RoutesOptions, routes } from "./routes.js";
import { type SlowStartOptions, slowStart } from "./slow-start.js";
import { type StickyOptions, sticky } from "./sticky.js";
import { type SubsetOptions, subset } from "./subset.js";
import { weightedRandom } from "./weighted-random.js";
import { weightedRoundRobin } from "./weighted-round-robin.js";

type Options = Readonly<Record<string, unknown>>;

interface Entry {
  readonly fields: readonly string[];
  readonly build: (options: Options) => BalancerFactory;
}

/** Options are checked by the factories themselves; here only the names of their fields are. */
function entry<T>(fields: readonly (keyof T & string)[], make: (options: T) => BalancerFactory): Entry {
  return { fields, build: (options) => make(options as T) };
}

/** A policy around another one, which stands in its `child`: a name, or gRPC's list of `{name: options}`. */
function wrapper<T>(fields: readonly (keyof T & string)[], make: (options: T) => BalancerFactory): Entry {
  return {
    fields: [...fields, "child", "childPolicy"],
    build: ({ childPolicy, child = childPolicy, ...options }) => {
      return make((child === undefined ? options : { ...options, child: childOf(child) }) as T);
    },
  };
}

function childOf(child: unknown): BalancerFactory {
  return typeof child === "string" ? balancerByName(child) : balancerFromConfig(child);
}

const entries: Readonly<Record<string, Entry>> = {
  random: entry([], random),
  "round-robin": entry([], roundRobin),
  "weighted-round-robin": entry([], weightedRoundRobin),
  "decrementing-round-robin": entry([], decrementingRoundRobin),
  "weighted-random": entry([], weightedRandom),
  "decrementing-random": entry([], decrementingRandom),
  "least-used": entry<LeastUsedOptions>(["count", "windowMs"], leastUsed),
  "least-active": entry<LeastActiveOptions>(["choices"], leastActive),
  "least-loaded": entry<LeastLoadedOptions>(["decayMs", "failureLatencyMs"], leastLoaded),
  "reported-load": entry<ReportedLoadOptions>(["blackoutMs", "expiryMs", "updateMs", "errorPenalty"], reportedLoad),
  "ip-hash": entry<IpHashOptions>(["address", "trustForwarded"], ipHash),
  "ring-hash": entry<RingHashOptions>(["key", "points", "boundedLoad"], ringHash),
  maglev: entry<MaglevOptions>(["key", "table"], maglev),
  "pick-first": entry([], pickFirst),
  sticky: wrapper<StickyOptions>(["key", "keysMax"], sticky),
  priority: wrapper<PriorityOptions>(["metadata", "overprovisioning"], priority),
  locality: wrapper<LocalityOptions>(["local", "overprovisioning"], locality),
  subset: wrapper<SubsetOptions>(["size", "client", "clientIndex"], subset),
  "slow-start": wrapper<SlowStartOptions>(["windowMs", "curve", "shareMin"], slowStart),
  panic: wrapper<PanicOptions>(["threshold"], panic),
  routes: wrapper<RoutesOptions>(["rules"], routes),
};

/** Names that other systems use for the same thing (gRPC service config, Envoy, Consul, Finagle, Kitex, Dubbo). */
const aliases: Readonly<Record<string, string>> = {
  "p2c-ewma": "least-loaded",
  "peak-ewma": "least-loaded",
  p2c: "least-loaded",
  rr: "round-robin",
  wrr: "weighted-round-robin",
  roundrobin: "round-robin",
  leastactive: "least-active",
  "least-request": "least-active",
  "least-conn": "least-active",
  "least-connections": "least-active",
  "consistent-hash": "ring-hash",
  consistenthash: "ring-hash",
  "source-ip": "ip-hash",
  canary: "routes",
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
  const found = Object.hasOwn(entries, canonical) ? entries[canonical] : undefined;
  if (found === undefined) throw new RangeError(`balancer ${shown(name)} is not known; known are ${balancerNames.join(", ")}`);
  return found.build(knownFields(canonical, options, found.fields));
}

/** A service config's `loadBalancingConfig`: a list of `{name: options}`, of which the first known one counts (gRFC A24). */
export function balancerFromConfig(config: unknown): BalancerFactory {
  if (!Array.isArray(config)) throw new TypeError(`loadBalancingConfig must be a list of {name: options}, got ${shown(config)}`);
  const names: string[] = [];
  for (const item of config) {
    const fields = typeof item === "object" && item !== null ? Object.entries(item) : [];
    const [only, ...others] = fields;
    if (only === undefined || others.length > 0) throw new TypeError("loadBalancingConfig: each entry is an object of one policy name");
    if (Object.hasOwn(entries, canonicalName(only[0]))) return balancerByName(only[0], only[1]);
    names.push(only[0]);
  }
  throw new RangeError(`loadBalancingConfig: none of ${names.join(", ") || "no policies"} is known; known are ${balancerNames.join(", ")}`);
}

function canonicalName(name: unknown): string {
  const kebab = String(name)
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase()
    .replace(/-experimental$/, "");
  return (Object.hasOwn(aliases, kebab) ? aliases[kebab] : undefined) ?? kebab;
}
