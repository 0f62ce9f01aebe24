import { type AgentServiceCheck, type CheckStatus, durationMs } from "@consulrpc/consul";

export type CheckKind = "grpc" | "http" | "tcp" | "ttl";

/** How Consul finds out that an instance is well. Every field has a default; with times alone, the kind is inferred. */
export interface ServiceCheck {
  /** @default "http" with `path` or `url`, "ttl" with `ttl`, else "grpc" for a gRPC server and "tcp" for any other */
  readonly kind?: CheckKind;
  /** HTTP: the path on the instance's own address. @default "/" */
  readonly path?: string;
  /** HTTP: the whole URL, where it is not on the instance's own address. */
  readonly url?: string;
  /** TTL: the process itself reports at least this often. @default "15s" */
  readonly ttl?: string;
  /** At least "1s". @default "10s" */
  readonly interval?: string;
  /** @default "5s", or the interval when that is shorter */
  readonly timeout?: string;
  /** Consul removes an instance that was critical for this long; at least "1m". @default "1m" */
  readonly deregisterCriticalServiceAfter?: string;
  /** gRPC and HTTP over TLS. @default false */
  readonly tls?: boolean;
  readonly tlsSkipVerify?: boolean;
  /** What Consul believes until the check ran: an instance registers when it serves. @default "passing" */
  readonly initialStatus?: CheckStatus;
}

export const INTERVAL_DEFAULT = "10s";
const TIMEOUT_DEFAULT = "5s";
const TTL_DEFAULT = "15s";
const DEREGISTER_AFTER_DEFAULT = "1m";

/** What a check is about. */
export interface Checked {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly protocol: "grpc" | "http" | "tcp";
  /** The name that the gRPC health service is asked for; "" for the server as a whole. */
  readonly grpcService: string;
}

export function checkKind(check: ServiceCheck, protocol: Checked["protocol"]): CheckKind {
  if (check.kind !== undefined) return check.kind;
  if (check.path !== undefined || check.url !== undefined) return "http";
  if (check.ttl !== undefined) return "ttl";
  return protocol === "grpc" ? "grpc" : "tcp";
}

/** The check as Consul's agent takes it. Pure; throws RangeError for times that Consul refuses. */
export function agentCheck(check: ServiceCheck, checked: Checked): AgentServiceCheck {
  const kind = checkKind(check, checked.protocol);
  const common = {
    CheckID: `service:${checked.id}`,
    Name: `${kind} check of ${checked.id}`,
    Status: check.initialStatus ?? "passing",
    DeregisterCriticalServiceAfter: check.deregisterCriticalServiceAfter ?? DEREGISTER_AFTER_DEFAULT,
  } as const;
  atLeast("deregisterCriticalServiceAfter", common.DeregisterCriticalServiceAfter, "1m");
  if (kind === "ttl") return { ...common, TTL: check.ttl ?? TTL_DEFAULT };
  const Interval = atLeast("interval", check.interval ?? INTERVAL_DEFAULT, "1s");
  const Timeout = check.timeout ?? (durationMs(Interval) < durationMs(TIMEOUT_DEFAULT) ? Interval : TIMEOUT_DEFAULT);
  const timed = { ...common, Interval, Timeout };
  const address = hostPort(checked.host, checked.port);
  const tls = check.tlsSkipVerify === true ? { TLSSkipVerify: true } : {};
  switch (kind) {
    case "grpc":
      return {
        ...timed,
        ...tls,
        GRPC: checked.grpcService === "" ? address : `${address}/${checked.grpcService}`,
        GRPCUseTLS: check.tls ?? false,
      };
    case "http":
      return { ...timed, ...tls, HTTP: check.url ?? `${check.tls === true ? "https" : "http"}://${address}${check.path ?? "/"}` };
    case "tcp":
      return { ...timed, TCP: address };
  }
}

/** How often a lost registration or a silent heartbeat may go unnoticed. */
export function checkPeriodMs(check: ServiceCheck, protocol: Checked["protocol"]): number {
  return durationMs(checkKind(check, protocol) === "ttl" ? (check.ttl ?? TTL_DEFAULT) : (check.interval ?? INTERVAL_DEFAULT));
}

export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function atLeast(name: string, value: string, least: string): string {
  if (durationMs(value) < durationMs(least)) throw new RangeError(`check ${name} is ${value}; Consul wants at least ${least}`);
  return value;
}
