import type { ConsulRequest, RequestOptions } from "../http/requester.js";
import { json, type Read, type ReadOptions } from "../read.js";
import { Family, missing } from "./family.js";
import type { AgentService, AgentServiceCheck, AgentServiceRegistration, CheckStatus, HealthCheck } from "./shapes.js";

export interface AgentSelf {
  readonly Config: {
    readonly Datacenter: string;
    readonly PrimaryDatacenter: string;
    readonly NodeName: string;
    readonly NodeID: string;
    readonly Revision: string;
    readonly Server: boolean;
    readonly Version: string;
    readonly BuildDate: string;
    readonly Partition?: string;
  };
  readonly DebugConfig: Readonly<Record<string, unknown>>;
  readonly Coord: Readonly<Record<string, unknown>> | null;
  readonly Member: AgentMember;
  readonly Stats: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly xDS?: Readonly<Record<string, unknown>>;
}

export interface AgentMember {
  readonly Name: string;
  readonly Addr: string;
  readonly Port: number;
  readonly Tags: Readonly<Record<string, string>>;
  /** Serf's: 1 alive, 2 leaving, 3 left, 4 failed. */
  readonly Status: number;
  readonly ProtocolMin: number;
  readonly ProtocolMax: number;
  readonly ProtocolCur: number;
  readonly DelegateMin: number;
  readonly DelegateMax: number;
  readonly DelegateCur: number;
}

export interface AgentServiceHealth {
  readonly AggregatedStatus: CheckStatus;
  readonly Service: AgentService;
  readonly Checks: readonly HealthCheck[];
}

/** A check of its own: of the node, or of a service already registered. */
export interface AgentCheckRegistration extends AgentServiceCheck {
  readonly ID?: string;
  readonly Name: string;
  readonly ServiceID?: string;
  readonly Namespace?: string;
}

export interface AgentMetrics {
  readonly Timestamp: string;
  readonly Gauges: readonly MetricValue[];
  readonly Points: readonly unknown[];
  readonly Counters: readonly MetricSample[];
  readonly Samples: readonly MetricSample[];
  readonly PrecisionGauges?: readonly MetricValue[];
}

export interface MetricValue {
  readonly Name: string;
  readonly Value: number;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface MetricSample {
  readonly Name: string;
  readonly Count: number;
  readonly Rate: number;
  readonly Sum: number;
  readonly Min: number;
  readonly Max: number;
  readonly Mean: number;
  readonly Stddev: number;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface HostInfo {
  readonly Memory: Readonly<Record<string, unknown>>;
  readonly CPU: readonly Readonly<Record<string, unknown>>[];
  readonly Host: Readonly<Record<string, unknown>>;
  readonly Disk: Readonly<Record<string, unknown>>;
  readonly CollectionTime: number;
  readonly Errors: readonly string[] | null;
}

export interface ServiceRegisterOptions extends RequestOptions {
  /** Checks of the service that the registration does not name are removed. */
  readonly replaceExistingChecks?: boolean;
}

export interface ConnectAuthorize {
  readonly Authorized: boolean;
  readonly Reason: string;
}

export interface LeafCertificate {
  readonly SerialNumber: string;
  readonly CertPEM: string;
  readonly PrivateKeyPEM: string;
  readonly Service: string;
  readonly ServiceURI: string;
  readonly ValidAfter: string;
  readonly ValidBefore: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface CARoots {
  readonly ActiveRootID: string;
  readonly TrustDomain: string;
  readonly Roots: readonly CARoot[];
}

export interface CARoot {
  readonly ID: string;
  readonly Name: string;
  readonly SerialNumber: number;
  readonly SigningKeyID: string;
  readonly ExternalTrustDomain: string;
  readonly NotBefore: string;
  readonly NotAfter: string;
  readonly RootCert: string;
  readonly IntermediateCerts: readonly string[] | null;
  readonly Active: boolean;
  readonly PrivateKeyType: string;
  readonly PrivateKeyBits: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export type AgentTokenKind = "default" | "agent" | "agent_recovery" | "replication" | "config_file_service_registration" | "dns";

/** The agent that is asked: its own services and checks, its members, its life. */
export class Agent extends Family {
  readonly self: Read<[], ReadOptions, AgentSelf> = this.read(0, () => ({ path: "agent/self", blocks: "none" }));
  readonly version: Read<
    [],
    ReadOptions,
    { readonly HumanVersion: string; readonly SHA: string; readonly BuildDate: string; readonly FIPS?: string }
  > = this.read(0, () => ({ path: "agent/version", blocks: "none" }));
  readonly members: Read<[], ReadOptions & { readonly wan?: boolean; readonly segment?: string }, AgentMember[]> = this.read(0, () => ({
    path: "agent/members",
    blocks: "none",
    parameters: ({ wan, segment }) => ({ wan: wan === true ? "1" : undefined, segment }),
  }));
  readonly host: Read<[], ReadOptions, HostInfo> = this.read(0, () => ({ path: "agent/host", blocks: "none" }));
  readonly metrics: Read<[], ReadOptions, AgentMetrics> = this.read(0, () => ({ path: "agent/metrics", blocks: "none" }));

  /** The agent's own services by id. */
  readonly services: Read<[], ReadOptions, Record<string, AgentService>> = this.read(0, () => ({ path: "agent/services", blocks: "none" }));

  /** Undefined: not registered here. Blocks on a hash. */
  readonly service: Read<[id: string], ReadOptions, AgentService | undefined> = this.read(1, (id) => ({
    path: `agent/service/${encodeURIComponent(id)}`,
    blocks: "hash",
    ...missing(),
  }));

  readonly checks: Read<[], ReadOptions, Record<string, HealthCheck>> = this.read(0, () => ({ path: "agent/checks", blocks: "none" }));

  /** Undefined: not registered here. Consul answers 429 and 503 for what is not passing; those are values here. */
  readonly serviceHealthById: Read<[id: string], ReadOptions, AgentServiceHealth | undefined> = this.read(1, (id) => ({
    path: `agent/health/service/id/${encodeURIComponent(id)}`,
    blocks: "none",
    accept: [404, 429, 503],
    decode: (answer) => (answer.status === 404 ? undefined : (json(answer) as AgentServiceHealth)),
  }));

  readonly serviceHealthByName: Read<[name: string], ReadOptions, AgentServiceHealth[]> = this.read(1, (name) => ({
    path: `agent/health/service/name/${encodeURIComponent(name)}`,
    blocks: "none",
    accept: [404, 429, 503],
    decode: (answer) => (answer.status === 404 ? [] : ((json(answer) as AgentServiceHealth[] | null) ?? [])),
  }));

  /** Blocks on the roots' index. */
  readonly connectRoots: Read<[], ReadOptions, CARoots> = this.read(0, () => ({ path: "agent/connect/ca/roots" }));
  readonly connectLeaf: Read<[service: string], ReadOptions, LeafCertificate> = this.read(1, (service) => ({
    path: `agent/connect/ca/leaf/${encodeURIComponent(service)}`,
  }));

  registerService(registration: AgentServiceRegistration, options: ServiceRegisterOptions = {}): Promise<void> {
    const { replaceExistingChecks } = options;
    return this.write("agent/service/register", registration, options, { "replace-existing-checks": replaceExistingChecks });
  }

  /** True: it is gone. False: the agent did not know it. */
  async deregisterService(id: string, options: RequestOptions = {}): Promise<boolean> {
    const path = `agent/service/deregister/${encodeURIComponent(id)}`;
    return (await this.send({ method: "PUT", path, idempotent: true, accept: [404], options })).status !== 404;
  }

  serviceMaintenance(id: string, enable: boolean, reason?: string, options?: RequestOptions): Promise<void> {
    return this.write(`agent/service/maintenance/${encodeURIComponent(id)}`, undefined, options, { enable: String(enable), reason });
  }

  nodeMaintenance(enable: boolean, reason?: string, options?: RequestOptions): Promise<void> {
    return this.write("agent/maintenance", undefined, options, { enable: String(enable), reason });
  }

  registerCheck(registration: AgentCheckRegistration, options?: RequestOptions): Promise<void> {
    return this.write("agent/check/register", registration, options);
  }

  deregisterCheck(id: string, options?: RequestOptions): Promise<void> {
    return this.write(`agent/check/deregister/${encodeURIComponent(id)}`, undefined, options);
  }

  /** False: the agent does not know the check (it lost its state, or the check was removed). */
  async updateTtl(id: string, status: CheckStatus, output = "", options: RequestOptions = {}): Promise<boolean> {
    const request: ConsulRequest = {
      method: "PUT",
      path: `agent/check/update/${encodeURIComponent(id)}`,
      body: JSON.stringify({ Status: status, Output: output }),
      idempotent: true,
      accept: [404],
      options,
    };
    return (await this.send(request)).status !== 404;
  }

  passTtl(id: string, note?: string, options?: RequestOptions): Promise<void> {
    return this.write(`agent/check/pass/${encodeURIComponent(id)}`, undefined, options, { note });
  }

  warnTtl(id: string, note?: string, options?: RequestOptions): Promise<void> {
    return this.write(`agent/check/warn/${encodeURIComponent(id)}`, undefined, options, { note });
  }

  failTtl(id: string, note?: string, options?: RequestOptions): Promise<void> {
    return this.write(`agent/check/fail/${encodeURIComponent(id)}`, undefined, options, { note });
  }

  join(address: string, options: RequestOptions & { readonly wan?: boolean } = {}): Promise<void> {
    return this.write(`agent/join/${encodeURIComponent(address)}`, undefined, options, { wan: options.wan === true ? "1" : undefined });
  }

  leave(options?: RequestOptions): Promise<void> {
    return this.write("agent/leave", undefined, options, {}, false);
  }

  forceLeave(node: string, options: RequestOptions & { readonly prune?: boolean; readonly wan?: boolean } = {}): Promise<void> {
    const { prune, wan } = options;
    return this.write(`agent/force-leave/${encodeURIComponent(node)}`, undefined, options, { prune, wan });
  }

  reload(options?: RequestOptions): Promise<void> {
    return this.write("agent/reload", undefined, options);
  }

  updateToken(kind: AgentTokenKind, token: string, options?: RequestOptions): Promise<void> {
    return this.write(`agent/token/${kind}`, { Token: token }, options);
  }

  authorizeConnect(
    target: { readonly Target: string; readonly ClientCertURI: string; readonly ClientCertSerial: string; readonly Namespace?: string },
    options?: RequestOptions,
  ): Promise<ConnectAuthorize> {
    return this.submit("agent/connect/authorize", target, options);
  }

  /** The agent's log, line by line, until `signal` aborts. */
  monitor(options: RequestOptions & { readonly loglevel?: string; readonly logjson?: boolean } = {}): Promise<AsyncIterable<Uint8Array>> {
    const { loglevel, logjson } = options;
    return this.requester.stream({ method: "GET", path: "agent/monitor", parameters: { loglevel, logjson }, pool: "watch", options });
  }

  /** Metrics once a second, one JSON object each, until `signal` aborts. */
  metricsStream(options: RequestOptions = {}): Promise<AsyncIterable<Uint8Array>> {
    return this.requester.stream({ method: "GET", path: "agent/metrics/stream", pool: "watch", options });
  }
}
