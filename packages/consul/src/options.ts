import type { Clock } from "./clock.js";
import { type Address, parseAddress } from "./http/address.js";
import type { Transport } from "./http/transport.js";

export interface ConsulTlsOptions {
  /** PEM. @default the system's roots */
  readonly ca?: string | readonly string[];
  /** Read when the client is made. */
  readonly caFile?: string;
  /** A directory of .pem and .crt files. */
  readonly caPath?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  /** @default true */
  readonly verify?: boolean;
}

/** How to reach Consul. Every field falls back to Consul's own environment variable, then to its default. */
export interface ConsulOptions {
  /** One address or several to fail over between; "host:port", a URL or unix:///path. @default CONSUL_HTTP_ADDR (comma-separated), else 127.0.0.1:8500 */
  readonly address?: string | readonly string[];
  /** A function is asked before each request. @default CONSUL_HTTP_TOKEN */
  readonly token?: string | (() => string | undefined);
  /** Read again when it changes; wins over `token`. @default CONSUL_HTTP_TOKEN_FILE */
  readonly tokenFile?: string;
  /** Basic authentication, "user:password", for proxies in front of Consul. @default CONSUL_HTTP_AUTH */
  readonly auth?: string;
  /** @default CONSUL_NAMESPACE */
  readonly namespace?: string;
  /** @default CONSUL_PARTITION */
  readonly partition?: string;
  /** @default the agent's own */
  readonly datacenter?: string;
  readonly tls?: ConsulTlsOptions;
  /** For one request with all its tries; long polls have their wait besides. @default 10000 */
  readonly timeoutMs?: number;
  /** Tries of one idempotent request, each on the next address. @default 3, or the number of addresses when that is more */
  readonly attemptsMax?: number;
  /** Connections an address for requests. @default 16 */
  readonly requestSocketsMax?: number;
  /**
   * Long polls at once. Consul refuses more than 200 connections of one client address with 429, and several processes
   * share that; past this bound, watches are fed by a few wide queries. @default 32
   */
  readonly watchPollsMax?: number;
  /** Which environment to read. @default process.env; `{}` reads none */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Test doubles. */
  readonly transport?: Transport;
  readonly clock?: Clock;
}

/** Options with the environment and every default in their places. */
export interface ResolvedConsulOptions {
  readonly addresses: readonly [Address, ...Address[]];
  readonly token: string | (() => string | undefined) | undefined;
  readonly tokenFile: string | undefined;
  readonly auth: string | undefined;
  readonly namespace: string | undefined;
  readonly partition: string | undefined;
  readonly datacenter: string | undefined;
  readonly tls: ConsulTlsOptions;
  readonly timeoutMs: number;
  readonly attemptsMax: number;
  readonly requestSocketsMax: number;
  readonly watchPollsMax: number;
}

const ADDRESS_DEFAULT = "127.0.0.1:8500";

/** Pure: reads no process state, `environment` is an argument. Throws TypeError or RangeError for what can never work. */
export function resolveOptions(options: ConsulOptions, environment: Readonly<Record<string, string | undefined>>): ResolvedConsulOptions {
  const get = (name: string): string | undefined => (environment[name] === "" ? undefined : environment[name]);
  const secure = flag("CONSUL_HTTP_SSL", get("CONSUL_HTTP_SSL"), false);
  const given = options.address ?? get("CONSUL_HTTP_ADDR") ?? ADDRESS_DEFAULT;
  const texts = (typeof given === "string" ? given.split(",") : given).map((text) => text.trim()).filter((text) => text !== "");
  const [first, ...rest] = texts.map((text) => parseAddress(text, secure));
  if (first === undefined) throw new TypeError("no Consul address: give at least one");
  const count = (name: "timeoutMs" | "attemptsMax" | "requestSocketsMax" | "watchPollsMax", fallback: number): number => {
    const value = options[name] ?? fallback;
    if (!(Number.isFinite(value) && value >= 1)) throw new RangeError(`${name} must be at least 1, got ${value}`);
    return value;
  };
  return {
    addresses: [first, ...rest],
    token: options.token ?? get("CONSUL_HTTP_TOKEN"),
    tokenFile: options.tokenFile ?? (options.token === undefined ? get("CONSUL_HTTP_TOKEN_FILE") : undefined),
    auth: options.auth ?? get("CONSUL_HTTP_AUTH"),
    namespace: options.namespace ?? get("CONSUL_NAMESPACE"),
    partition: options.partition ?? get("CONSUL_PARTITION"),
    datacenter: options.datacenter,
    tls: {
      ...defined("caFile", get("CONSUL_CACERT")),
      ...defined("caPath", get("CONSUL_CAPATH")),
      ...defined("certFile", get("CONSUL_CLIENT_CERT")),
      ...defined("keyFile", get("CONSUL_CLIENT_KEY")),
      ...defined("serverName", get("CONSUL_TLS_SERVER_NAME")),
      verify: flag("CONSUL_HTTP_SSL_VERIFY", get("CONSUL_HTTP_SSL_VERIFY"), true),
      ...options.tls,
    },
    timeoutMs: count("timeoutMs", 10_000),
    attemptsMax: count("attemptsMax", Math.max(3, rest.length + 1)),
    requestSocketsMax: count("requestSocketsMax", 16),
    watchPollsMax: count("watchPollsMax", 32),
  };
}

function defined<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, string>);
}

/** As Go's strconv.ParseBool, which reads these variables in Consul's own clients. */
function flag(name: string, value: string | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new TypeError(`${name} is ${JSON.stringify(value)}: neither true nor false`);
}
