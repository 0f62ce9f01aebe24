import type { Read } from "../read.js";
import { type CatalogReadOptions, type CatalogServiceOptions, serviceParameters } from "./catalog.js";
import { Family, list } from "./family.js";
import type { CheckStatus, HealthCheck, ServiceEntry } from "./shapes.js";

export interface HealthServiceOptions extends CatalogServiceOptions {
  /** Only instances all of whose checks pass. */
  readonly passing?: boolean;
  /** Sameness group (Consul Enterprise). */
  readonly sg?: string;
}

/** Who is well: the endpoints that discovery stands on. */
export class Health extends Family {
  /** Every instance with its node and checks; add `passing: true` for those that may be called. */
  readonly service: Read<[name: string], HealthServiceOptions, ServiceEntry[]> = this.entries("service");
  /** Instances that can be reached through the mesh. */
  readonly connect: Read<[name: string], HealthServiceOptions, ServiceEntry[]> = this.entries("connect");
  /** Ingress gateways that expose the service. */
  readonly ingress: Read<[name: string], HealthServiceOptions, ServiceEntry[]> = this.entries("ingress");

  readonly node: Read<[name: string], CatalogReadOptions, HealthCheck[]> = this.checksAt("node");
  /** Every check of a service. */
  readonly checks: Read<[name: string], CatalogReadOptions, HealthCheck[]> = this.checksAt("checks");
  readonly state: Read<[state: CheckStatus | "any"], CatalogReadOptions, HealthCheck[]> = this.checksAt("state");

  private entries(kind: string): Read<[name: string], HealthServiceOptions, ServiceEntry[]> {
    return this.read(1, (name) => ({
      path: `health/${kind}/${encodeURIComponent(name)}`,
      wide: "catalog",
      nothingFilter: 'Node.Node == ""',
      parameters: (options) => ({ ...serviceParameters(options), passing: options.passing, sg: options.sg }),
      decode: list<ServiceEntry>,
    }));
  }

  private checksAt<K extends string>(kind: string): Read<[K], CatalogReadOptions, HealthCheck[]> {
    return this.read(1, (key) => ({
      path: `health/${kind}/${encodeURIComponent(key)}`,
      wide: "catalog",
      nothingFilter: 'Node == ""',
      parameters: serviceParameters,
      decode: list<HealthCheck>,
    }));
  }
}

const worse: Readonly<Record<CheckStatus, number>> = { passing: 0, warning: 1, critical: 2, maintenance: 3 };

/** The worst status among the checks, as Consul aggregates them; maintenance mode wins over everything. */
export function aggregatedStatus(checks: readonly HealthCheck[]): CheckStatus {
  let status: CheckStatus = "passing";
  for (const check of checks) {
    const own = check.CheckID === "_node_maintenance" || check.CheckID.startsWith("_service_maintenance:") ? "maintenance" : check.Status;
    if (worse[own] > worse[status]) status = own;
  }
  return status;
}
