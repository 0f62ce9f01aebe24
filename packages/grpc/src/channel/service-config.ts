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
