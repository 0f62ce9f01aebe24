import type { ServiceCheck } from "./service-check.js";

/** What an instance says of itself in Consul. Each field also comes from the environment and from a file; options win, then the environment. */
export interface ServiceOptions {
  /** @default CONSULRPC_SERVICE_NAME; `serve` uses the contract's name */
  readonly name?: string;
  /** One instance. Stable over restarts as long as name, host and port are. @default "name-hostname-port", or CONSULRPC_SERVICE_ID */
  readonly id?: string;
  /** What others connect to. @default CONSULRPC_SERVICE_ADDRESS, POD_IP, HOST_IP, else this machine's address on the way to Consul */
  readonly address?: string;
  /** @default CONSULRPC_SERVICE_PORT */
  readonly port?: number;
  /** @default CONSULRPC_SERVICE_TAGS, comma-separated */
  readonly tags?: readonly string[];
  /** @default CONSULRPC_SERVICE_META, "key=value" comma-separated */
  readonly meta?: Readonly<Record<string, string>>;
  /** 0 to 65535, against the other instances; 0: no traffic. @default CONSULRPC_SERVICE_WEIGHT, else 1 */
  readonly weight?: number;
  /** While its check warns. @default 1 */
  readonly weightWarning?: number;
  /** Told as meta "version". @default CONSULRPC_SERVICE_VERSION */
  readonly version?: string;
  /** Told as meta "zone". @default CONSULRPC_SERVICE_ZONE */
  readonly zone?: string;
  /** false: none, the instance counts as well for as long as its node does. @default CONSULRPC_SERVICE_CHECK (a kind, or "none") */
  readonly check?: ServiceCheck | false;
  /** "catalog" registers without a local agent, with a session that keeps the instance passing. @default CONSULRPC_SERVICE_VIA, else "agent" */
  readonly via?: "agent" | "catalog";
}

const KINDS = ["grpc", "http", "tcp", "ttl"] as const;

/** What the environment says; empty variables say nothing. Pure. */
export function serviceOptionsFromEnvironment(environment: Readonly<Record<string, string | undefined>>): ServiceOptions {
  const get = (name: string): string | undefined => {
    const value = environment[`CONSULRPC_SERVICE_${name}`];
    return value === "" ? undefined : value;
  };
  const number = (name: string): number | undefined => {
    const text = get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isFinite(value)) throw new TypeError(`CONSULRPC_SERVICE_${name} is ${JSON.stringify(text)}: no number`);
    return value;
  };
  return withoutUndefined({
    name: get("NAME"),
    id: get("ID"),
    address: get("ADDRESS") ?? firstOf(environment, "POD_IP", "HOST_IP"),
    port: number("PORT"),
    tags: get("TAGS")
      ?.split(",")
      .map((tag) => tag.trim()),
    meta: pairs(get("META")),
    weight: number("WEIGHT"),
    version: get("VERSION"),
    zone: get("ZONE"),
    check: checkOf(environment, get("CHECK")),
    via: viaOf(get("VIA")),
  });
}

/** Options over environment over file, field by field. */
export function mergedServiceOptions(...sources: readonly (ServiceOptions | undefined)[]): ServiceOptions {
  return Object.assign({}, ...sources.map((source) => withoutUndefined(source ?? {})).reverse()) as ServiceOptions;
}

function checkOf(environment: Readonly<Record<string, string | undefined>>, kind: string | undefined): ServiceCheck | false | undefined {
  if (kind === "none") return false;
  if (kind !== undefined && !KINDS.includes(kind as (typeof KINDS)[number])) {
    throw new TypeError(`CONSULRPC_SERVICE_CHECK is ${JSON.stringify(kind)}: none of ${KINDS.join(", ")}, none`);
  }
  const check = withoutUndefined({
    kind: kind as ServiceCheck["kind"],
    path: environment.CONSULRPC_SERVICE_CHECK_PATH,
    interval: environment.CONSULRPC_SERVICE_CHECK_INTERVAL,
    timeout: environment.CONSULRPC_SERVICE_CHECK_TIMEOUT,
    ttl: environment.CONSULRPC_SERVICE_CHECK_TTL,
  });
  return Object.keys(check).length === 0 ? undefined : check;
}

function viaOf(text: string | undefined): "agent" | "catalog" | undefined {
  if (text === undefined || text === "agent" || text === "catalog") return text;
  throw new TypeError(`CONSULRPC_SERVICE_VIA is ${JSON.stringify(text)}: neither agent nor catalog`);
}

function pairs(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new TypeError(`CONSULRPC_SERVICE_META: ${JSON.stringify(pair)} is no key=value`);
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

function firstOf(environment: Readonly<Record<string, string | undefined>>, ...names: readonly string[]): string | undefined {
  return names.map((name) => environment[name]).find((value) => value !== undefined && value !== "");
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined && value !== "")) as Defined<T>;
}
