import type { Target } from "@consulrpc/grpc";

/** What a consul:// target asks for. */
export interface ConsulTarget {
  readonly service: string;
  /** A Consul of its own: consul://10.0.0.1:8500/name. */
  readonly consulAddress: string | undefined;
  /** All of them. */
  readonly tags: readonly string[];
  /** One of them is enough. */
  readonly anyTags: readonly string[];
  readonly filter: string | undefined;
  /** In order of preference; [undefined] is the agent's own. */
  readonly datacenters: readonly (string | undefined)[];
  readonly near: string | undefined;
  /** Instances with a warning are used too, with their warning weight. */
  readonly warning: boolean;
  readonly connect: boolean;
  readonly preparedQuery: boolean;
  readonly ns: string | undefined;
  readonly partition: string | undefined;
  readonly peer: string | undefined;
  readonly stale: boolean;
  readonly zone: string | undefined;
}

const KNOWN = [
  "tag",
  "any-tag",
  "filter",
  "dc",
  "near",
  "passing",
  "warning",
  "connect",
  "query",
  "ns",
  "partition",
  "peer",
  "stale",
  "zone",
];

/** Pure; throws TypeError for a target that can never work. Parameters that it does not know belong to others. */
export function consulTarget({ name, parameters, text }: Target): ConsulTarget {
  const slash = name.lastIndexOf("/");
  const service = name.slice(slash + 1);
  if (service === "") throw new TypeError(`target ${text} names no service; write consul://name`);
  const list = (key: string): string[] => parameters.getAll(key).flatMap((value) => value.split(",").filter((item) => item !== ""));
  const one = (key: string): string | undefined => parameters.get(key) || undefined;
  const flag = (key: string): boolean => {
    const value = parameters.get(key);
    if (value === null || value === "false") return false;
    if (value === "" || value === "true") return true;
    throw new TypeError(`target ${text}: ${key} is ${JSON.stringify(value)}, neither true nor false`);
  };
  const datacenters = list("dc");
  return {
    service,
    consulAddress: slash > 0 ? name.slice(0, slash) : undefined,
    tags: list("tag"),
    anyTags: list("any-tag"),
    filter: one("filter"),
    datacenters: datacenters.length === 0 ? [undefined] : datacenters,
    near: one("near"),
    warning: flag("warning") || parameters.get("passing") === "false",
    connect: flag("connect"),
    preparedQuery: flag("query"),
    ns: one("ns"),
    partition: one("partition"),
    peer: one("peer"),
    stale: flag("stale"),
    zone: one("zone"),
  };
}

/** Parameters of a target that nothing reads: most likely misspelt. */
export function unknownParameters({ parameters }: Target): string[] {
  return [...new Set(parameters.keys())].filter((key) => !KNOWN.includes(key));
}

/** Consul's `tag` means all of several; one of several has to be said as a filter. */
export function filterOf({ filter, anyTags }: ConsulTarget): string | undefined {
  const any = anyTags.map((tag) => `${JSON.stringify(tag)} in Service.Tags`).join(" or ");
  if (any === "") return filter;
  return filter === undefined ? any : `(${filter}) and (${any})`;
}
