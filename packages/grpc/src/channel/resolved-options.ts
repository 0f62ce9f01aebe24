import type { BalancerFactory } from "../balance/balancer.js";
import { type Clock, realClock } from "../call/clock.js";
import { type Compressors, compressors } from "../call/compression.js";
import type { Interceptor } from "../call/interceptor.js";
import type { CallCredentials } from "../credentials/call-credentials.js";
import { MESSAGE_BYTES_MAX } from "../server/options.js";
import { BACKOFF_DEFAULT, type BackoffOptions } from "./backoff.js";
import type { Connector } from "./connector.js";
import { dnsResolver } from "./dns-resolver.js";
import { KEEPALIVE_INTERVAL_MIN_MS, KEEPALIVE_TIMEOUT_MS } from "./keepalive.js";
import { hedgePolicy, type PolicyDefaults, retryPolicy } from "./method-policy.js";
import type { BalancerBuilder, ChannelOptions } from "./options.js";
import type { Resolver, Target } from "./resolver.js";
import type { ServiceConfig } from "./service-config.js";
import { socketConnector } from "./socket-connector.js";
import { staticResolver, unixResolver } from "./static-resolver.js";
import { parseTarget } from "./target.js";

/** Channel options, checked once, with every default filled in. */
export interface ResolvedChannelOptions {
  readonly target: Target;
  readonly resolver: Resolver;
  readonly balance: BalancerFactory | undefined;
  readonly balancers: Readonly<Record<string, BalancerBuilder>>;
  readonly secure: boolean;
  readonly credentials: CallCredentials | undefined;
  readonly allowPlaintextCredentials: boolean;
  readonly interceptors: readonly Interceptor[];
  readonly policyDefaults: PolicyDefaults;
  readonly retryThrottling: NonNullable<ServiceConfig["retryThrottling"]>;
  readonly serviceConfig: ServiceConfig | undefined;
  readonly keepalive: { readonly intervalMs: number; readonly timeoutMs: number; readonly withoutCalls: boolean };
  readonly backoff: Required<BackoffOptions>;
  readonly compression: string;
  readonly compressors: Compressors;
  readonly authority: string;
  readonly userAgent: string;
  readonly propagate: readonly string[];
  readonly connector: Connector;
  readonly clock: Clock;
  readonly random: () => number;
  readonly defer: (slice: () => void) => void;
}

/** What traces travel in (W3C Trace Context, Baggage). */
const PROPAGATED = ["traceparent", "tracestate", "baggage"];
const RETRY_THROTTLING = { maxTokens: 10, tokenRatio: 0.1 };
export const USER_AGENT = "grpc-consulrpc/0.1.0";

export function resolveChannelOptions(text: string, options: ChannelOptions): ResolvedChannelOptions {
  const target = parseTarget(text);
  const resolvers: Record<string, Resolver> = { dns: dnsResolver, static: staticResolver, unix: unixResolver, ...options.resolvers };
  const resolver = resolvers[target.scheme];
  if (resolver === undefined) {
    throw new TypeError(`target ${JSON.stringify(text)}: no resolver for ${target.scheme}; known: ${Object.keys(resolvers).join(", ")}`);
  }
  const known = compressors(options.compressors);
  const compression = options.compression ?? "identity";
  if (compression !== "identity" && !known.has(compression)) throw new RangeError(`unknown compression ${JSON.stringify(compression)}`);
  const authority = options.authority ?? defaultAuthority(target);
  return {
    target,
    resolver,
    balance: options.balance,
    balancers: options.balancers ?? {},
    secure: options.tls !== undefined,
    credentials: options.credentials,
    allowPlaintextCredentials: options.allowPlaintextCredentials ?? false,
    interceptors: options.interceptors ?? [],
    policyDefaults: {
      timeoutMs: options.timeoutMs ?? Number.POSITIVE_INFINITY,
      waitForReady: options.waitForReady ?? false,
      responseBytesMax: options.messageBytesMax ?? MESSAGE_BYTES_MAX,
      retry: options.retry && retryPolicy(options.retry),
      hedge: options.hedge && hedgePolicy(options.hedge),
    },
    retryThrottling: options.retryThrottling ?? RETRY_THROTTLING,
    serviceConfig: typeof options.serviceConfig === "string" ? (JSON.parse(options.serviceConfig) as ServiceConfig) : options.serviceConfig,
    keepalive: {
      intervalMs: Math.max(options.keepalive?.intervalMs ?? Number.POSITIVE_INFINITY, KEEPALIVE_INTERVAL_MIN_MS),
      timeoutMs: options.keepalive?.timeoutMs ?? KEEPALIVE_TIMEOUT_MS,
      withoutCalls: options.keepalive?.withoutCalls ?? false,
    },
    backoff: { ...BACKOFF_DEFAULT, ...options.backoff },
    compression,
    compressors: known,
    authority,
    userAgent: options.userAgent === undefined ? USER_AGENT : `${options.userAgent} ${USER_AGENT}`,
    propagate: options.propagate ?? PROPAGATED,
    connector: options.connector ?? socketConnector({ tls: options.tls, authority, proxy: options.proxy ?? true }),
    clock: options.clock ?? realClock,
    random: options.random ?? Math.random,
    defer: (slice) => void setImmediate(slice),
  };
}

/** The host of the target, or "localhost" where the target is a list or a socket file. */
function defaultAuthority(target: Target): string {
  if (target.scheme === "unix") return "localhost";
  const last = target.name.slice(target.name.lastIndexOf("/") + 1);
  return last === "" || last.includes(",") ? (last.split(",")[0]?.split("=")[0] ?? "localhost") || "localhost" : last;
}
