import type { BalancerFactory } from "../balance/balancer.js";
import type { Clock } from "../call/clock.js";
import type { Compressor } from "../call/compression.js";
import type { Interceptor } from "../call/interceptor.js";
import type { CallCredentials } from "../credentials/call-credentials.js";
import type { ChannelTls } from "../credentials/tls.js";
import type { BackoffOptions } from "./backoff.js";
import type { Connector } from "./connector.js";
import type { ChannelKeepalive } from "./keepalive.js";
import type { Resolver } from "./resolver.js";
import type { MethodConfig, ServiceConfig } from "./service-config.js";

/** Makes a balancer from its entry in a service config's loadBalancingConfig. */
export type BalancerBuilder = (config: Readonly<Record<string, unknown>>) => BalancerFactory;

export interface ChannelOptions {
  /** More ways to find endpoints, by scheme. @default dns, static, unix */
  readonly resolvers?: Readonly<Record<string, Resolver>>;
  /** @default round robin */
  readonly balance?: BalancerFactory;
  /** Balancers that a service config may choose by name while the channel runs; the first known one wins. @default none: service configs do not change the policy */
  readonly balancers?: Readonly<Record<string, BalancerBuilder>>;
  /** @default plaintext */
  readonly tls?: ChannelTls;
  /** Token, basic or OAuth2 for every call. Refused over plaintext unless `allowPlaintextCredentials`. @default none */
  readonly credentials?: CallCredentials;
  /** @default false */
  readonly allowPlaintextCredentials?: boolean;
  /** Around every call, the first one outermost. Without any, calls are not wrapped at all. @default none */
  readonly interceptors?: readonly Interceptor[];
  /** For calls that do not say. @default Infinity */
  readonly timeoutMs?: number;
  /** For calls that do not say. @default false */
  readonly waitForReady?: boolean;
  /** gRFC A6, for methods without a policy in the service config. @default none: only what the server never processed is sent again */
  readonly retry?: NonNullable<MethodConfig["retryPolicy"]>;
  /** gRFC A6, likewise. Use it for methods that may run twice. @default none */
  readonly hedge?: NonNullable<MethodConfig["hedgingPolicy"]>;
  /** Stops retries and hedges while too many calls fail. @default 10 tokens, 0.1 a success */
  readonly retryThrottling?: NonNullable<ServiceConfig["retryThrottling"]>;
  /** As JSON text or parsed. Of loadBalancingConfig, methodConfig and retryThrottling, those that a resolver gives win. @default none */
  readonly serviceConfig?: ServiceConfig | string;
  readonly keepalive?: ChannelKeepalive;
  readonly backoff?: BackoffOptions;
  /** Largest response message, after decompression. @default 4 MiB */
  readonly messageBytesMax?: number;
  /** Of requests, for calls that do not say. @default "identity" */
  readonly compression?: string;
  /** More ways to compress than gzip and deflate. */
  readonly compressors?: readonly Compressor[];
  /** What requests carry as :authority. @default the target's host */
  readonly authority?: string;
  /** @default "grpc-consulrpc/VERSION" */
  readonly userAgent?: string;
  /** Request metadata that passes on from the call that a handler answers to those that it makes. @default traceparent, tracestate, baggage */
  readonly propagate?: readonly string[];
  /** Use HTTPS_PROXY, HTTP_PROXY and NO_PROXY. @default true */
  readonly proxy?: boolean;
  /** @default connections over sockets */
  readonly connector?: Connector;
  /** @default the real one */
  readonly clock?: Clock;
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: () => number;
}
