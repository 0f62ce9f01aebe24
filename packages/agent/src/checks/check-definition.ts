/** What a check is, after the JSON of Consul (either case, durations as strings) was read. Times in milliseconds. */
export interface CheckDefinition {
  /** The service that the check belongs to; empty for a check of the node. */
  readonly serviceId: string;

  readonly ttlMs?: number;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;

  readonly http?: string;
  readonly method?: string;
  readonly header?: Readonly<Record<string, readonly string[]>>;
  readonly body?: string;
  readonly disableRedirects?: boolean;
  readonly tcp?: string;
  readonly tcpUseTls?: boolean;
  readonly udp?: string;
  readonly grpc?: string;
  readonly grpcUseTls?: boolean;
  readonly h2ping?: string;
  /** @default true */
  readonly h2pingUseTls?: boolean;
  readonly tlsServerName?: string;
  readonly tlsSkipVerify?: boolean;
  readonly scriptArgs?: readonly string[];
  readonly dockerContainerId?: string;
  readonly shell?: string;
  readonly osService?: string;
  readonly aliasNode?: string;
  readonly aliasService?: string;

  /** @default 0: the first success counts */
  readonly successBeforePassing?: number;
  /** @default failuresBeforeCritical */
  readonly failuresBeforeWarning?: number;
  /** @default 0: the first failure counts */
  readonly failuresBeforeCritical?: number;
  /** 0 or absent: never. */
  readonly deregisterCriticalServiceAfterMs?: number;
  /** @default 4096 */
  readonly outputBytesMax?: number;
}

export type CheckType = "grpc" | "http" | "ttl" | "tcp" | "udp" | "alias" | "docker" | "script" | "h2ping" | "os_service" | "";

/** The type as Consul prints it in a check's `Type`; empty when the definition says nothing that runs. */
export function checkType(definition: CheckDefinition): CheckType {
  const runs = (definition.intervalMs ?? 0) > 0;
  const isScript = (definition.scriptArgs?.length ?? 0) > 0;
  if (definition.grpc && runs) return "grpc";
  if (definition.http && runs) return "http";
  if ((definition.ttlMs ?? 0) > 0) return "ttl";
  if (definition.tcp && runs) return "tcp";
  if (definition.udp && runs) return "udp";
  if (definition.aliasNode || definition.aliasService) return "alias";
  if (isScript && definition.dockerContainerId && runs) return "docker";
  if (isScript) return "script";
  if (definition.h2ping && runs) return "h2ping";
  if (definition.osService && runs) return "os_service";
  return "";
}

/** Why Consul would refuse the definition, in its words (without the `Invalid check: ` that its API puts before), or undefined. */
export function checkProblem(definition: CheckDefinition): string | undefined {
  const { intervalMs = 0, ttlMs = 0 } = definition;
  const isAlias = Boolean(definition.aliasNode || definition.aliasService);
  const needsInterval =
    (definition.scriptArgs?.length ?? 0) > 0 ||
    Boolean(definition.http || definition.tcp || definition.udp || definition.grpc || definition.h2ping || definition.osService);
  if (intervalMs > 0 && ttlMs > 0) return "Interval and TTL cannot both be specified";
  if (needsInterval && intervalMs <= 0) return "Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks";
  if (needsInterval && isAlias) return "Interval cannot be set for Alias checks";
  if (isAlias && ttlMs > 0) return "TTL must be not be set for Alias checks";
  if (!needsInterval && !isAlias && ttlMs <= 0) return "TTL must be > 0 for TTL checks";
  if ((definition.outputBytesMax ?? 0) < 0) return "MaxOutputMaxSize must be positive";
  if ((definition.failuresBeforeWarning ?? 0) > (definition.failuresBeforeCritical ?? 0)) {
    return "FailuresBeforeWarning can't be higher than FailuresBeforeCritical";
  }
  return undefined;
}
