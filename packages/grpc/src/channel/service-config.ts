/** gRPC's service config JSON (grpc.service_config.proto), the parts that are read. Owned by the client's retry policy. */
export interface ServiceConfig {
  readonly loadBalancingConfig?: readonly Readonly<Record<string, unknown>>[];
  readonly methodConfig?: readonly MethodConfig[];
  readonly retryThrottling?: { readonly maxTokens: number; readonly tokenRatio: number };
  readonly healthCheckConfig?: { readonly serviceName?: string };
}

export interface MethodConfig {
  readonly name: readonly { readonly service?: string; readonly method?: string }[];
  readonly waitForReady?: boolean;
  /** As protobuf's Duration in JSON: "1.5s". */
  readonly timeout?: string;
  readonly maxRequestMessageBytes?: number;
  readonly maxResponseMessageBytes?: number;
  readonly retryPolicy?: {
    readonly maxAttempts: number;
    readonly initialBackoff: string;
    readonly maxBackoff: string;
    readonly backoffMultiplier: number;
    readonly retryableStatusCodes: readonly (string | number)[];
  };
  readonly hedgingPolicy?: {
    readonly maxAttempts: number;
    readonly hedgingDelay?: string;
    readonly nonFatalStatusCodes?: readonly (string | number)[];
  };
}

/**
 * What holds for a channel: each part of the resolver's config, where it has that part, else the channel's own. A
 * registry that only says how to balance does not take away the retries that the client was given.
 */
export function mergedServiceConfig(own: ServiceConfig | undefined, resolved: ServiceConfig | undefined): ServiceConfig {
  const merged: Record<string, unknown> = { ...own };
  for (const [part, value] of Object.entries(resolved ?? {})) if (value !== undefined && value !== null) merged[part] = value;
  return merged;
}

/** Whether two parts of service configs say the same; configs come as JSON, where the same text means the same. */
export function sameConfig(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
