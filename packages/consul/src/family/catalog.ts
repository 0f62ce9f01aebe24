import type { RequestOptions } from "../http/requester.js";
import { json, type Read, type ReadOptions } from "../read.js";
import { Family, list } from "./family.js";
import type {
  AgentService,
  AgentServiceRegistration,
  CatalogNode,
  CheckStatus,
  HealthCheckDefinition,
  ServiceAddress,
  ServiceKind,
  ServiceProxy,
} from "./shapes.js";

export interface CatalogService {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly Datacenter: string;
  readonly TaggedAddresses: Readonly<Record<string, string>> | null;
  readonly NodeMeta: Readonly<Record<string, string>> | null;
  readonly ServiceKind?: ServiceKind;
  readonly ServiceID: string;
  readonly ServiceName: string;
  readonly ServiceAddress: string;
  readonly ServiceTaggedAddresses?: Readonly<Record<string, ServiceAddress>>;
  readonly ServiceTags: readonly string[];
  readonly ServiceMeta: Readonly<Record<string, string>>;
  readonly ServicePort: number;
  readonly ServiceWeights: { readonly Passing: number; readonly Warning: number };
  readonly ServiceEnableTagOverride: boolean;
  readonly ServiceProxy?: ServiceProxy;
  readonly ServiceConnect?: { readonly Native?: boolean };
  readonly ServiceSocketPath?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface CatalogRegistrationCheck {
  readonly Node?: string;
  readonly CheckID?: string;
  readonly Name?: string;
  readonly Notes?: string;
  readonly Status?: CheckStatus;
  readonly Output?: string;
  readonly ServiceID?: string;
  readonly ServiceName?: string;
  readonly Definition?: HealthCheckDefinition;
  readonly Namespace?: string;
  readonly Partition?: string;
}

/** What `PUT /v1/catalog/register` takes: a node, and with it a service and checks. */
export interface CatalogRegistration {
  /** A UUID. */
  readonly ID?: string;
  readonly Node: string;
  readonly Address: string;
  readonly TaggedAddresses?: Readonly<Record<string, string>>;
  readonly NodeMeta?: Readonly<Record<string, string>>;
  readonly Datacenter?: string;
  readonly Service?: Omit<AgentServiceRegistration, "Name" | "Check" | "Checks"> & { readonly Service: string };
  readonly Check?: CatalogRegistrationCheck;
  readonly Checks?: readonly CatalogRegistrationCheck[];
  /** True: leave the node's own record as it is. */
  readonly SkipNodeUpdate?: boolean;
  readonly Partition?: string;
}

/** The node alone deregisters everything on it. */
export interface CatalogDeregistration {
  readonly Node: string;
  readonly Datacenter?: string;
  readonly ServiceID?: string;
  readonly CheckID?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
}

export interface CatalogReadOptions extends ReadOptions {
  /** Sort by round-trip time from this node; "_agent": from the agent asked. */
  readonly near?: string;
  readonly nodeMeta?: Readonly<Record<string, string>>;
}

export interface CatalogServiceOptions extends CatalogReadOptions {
  /** All of them must be there. */
  readonly tag?: string | readonly string[];
  readonly peer?: string;
  readonly mergeCentralConfig?: boolean;
}

export interface NodeWithServices {
  readonly Node: CatalogNode;
  readonly Services: Readonly<Record<string, AgentService>>;
}

export interface NodeServiceList {
  readonly Node: CatalogNode | null;
  readonly Services: readonly AgentService[] | null;
}

export interface GatewayService {
  readonly Gateway: { readonly Name: string; readonly Namespace?: string; readonly Partition?: string };
  readonly Service: { readonly Name: string; readonly Namespace?: string; readonly Partition?: string };
  readonly GatewayKind: ServiceKind;
  readonly Port?: number;
  readonly Protocol?: string;
  readonly Hosts?: readonly string[];
  readonly CAFile?: string;
  readonly CertFile?: string;
  readonly KeyFile?: string;
  readonly SNI?: string;
  readonly FromWildcard?: boolean;
}

/** The catalog of nodes and services: what every agent has reported, and what was written by hand. */
export class Catalog extends Family {
  readonly datacenters: Read<[], ReadOptions, string[]> = this.read(0, () => ({
    path: "catalog/datacenters",
    blocks: "none",
    decode: list<string>,
  }));

  readonly nodes: Read<[], CatalogReadOptions, CatalogNode[]> = this.read(0, () => ({
    path: "catalog/nodes",
    wide: "catalog",
    nothingFilter: 'Node == ""',
    parameters: catalogParameters,
    decode: list<CatalogNode>,
  }));

  /** Service names with the tags of all their instances. */
  readonly services: Read<[], CatalogReadOptions, Record<string, string[]>> = this.read(0, () => ({
    path: "catalog/services",
    wide: "catalog",
    parameters: catalogParameters,
  }));

  /** Every instance, healthy or not; `health.service` is what a caller wants. */
  readonly service: Read<[name: string], CatalogServiceOptions, CatalogService[]> = this.read(1, (name) => ({
    path: `catalog/service/${encodeURIComponent(name)}`,
    wide: "catalog",
    nothingFilter: 'Node == ""',
    parameters: serviceParameters,
    decode: list<CatalogService>,
  }));

  /** Instances that can be reached through the mesh. */
  readonly connect: Read<[name: string], CatalogServiceOptions, CatalogService[]> = this.read(1, (name) => ({
    path: `catalog/connect/${encodeURIComponent(name)}`,
    wide: "catalog",
    nothingFilter: 'Node == ""',
    parameters: serviceParameters,
    decode: list<CatalogService>,
  }));

  /** Undefined: no such node. */
  readonly node: Read<[name: string], ReadOptions, NodeWithServices | undefined> = this.read(1, (name) => ({
    path: `catalog/node/${encodeURIComponent(name)}`,
    wide: "catalog",
    accept: [404],
    decode: (answer) => (answer.status === 404 ? undefined : ((json(answer) as NodeWithServices | null) ?? undefined)),
  }));

  readonly nodeServices: Read<[name: string], ReadOptions & { readonly mergeCentralConfig?: boolean }, NodeServiceList | undefined> =
    this.read(1, (name) => ({
      path: `catalog/node-services/${encodeURIComponent(name)}`,
      wide: "catalog",
      parameters: ({ mergeCentralConfig }) => ({ "merge-central-config": mergeCentralConfig }),
      decode: (answer) => (json(answer) as NodeServiceList | null) ?? undefined,
    }));

  readonly gatewayServices: Read<[gateway: string], ReadOptions, GatewayService[]> = this.read(1, (gateway) => ({
    path: `catalog/gateway-services/${encodeURIComponent(gateway)}`,
    decode: list<GatewayService>,
  }));

  register(registration: CatalogRegistration, options?: RequestOptions): Promise<boolean> {
    return this.write("catalog/register", registration, options);
  }

  deregister(deregistration: CatalogDeregistration, options?: RequestOptions): Promise<boolean> {
    return this.write("catalog/deregister", deregistration, options);
  }
}

function catalogParameters({ near, nodeMeta }: CatalogReadOptions): Record<string, string | readonly string[] | undefined> {
  return { near, "node-meta": nodeMeta === undefined ? undefined : Object.entries(nodeMeta).map(([key, value]) => `${key}:${value}`) };
}

/** Also of the health endpoints, which take the same. */
export function serviceParameters(options: CatalogServiceOptions): Record<string, string | boolean | readonly string[] | undefined> {
  const { tag, peer, mergeCentralConfig } = options;
  return { ...catalogParameters(options), tag, peer, "merge-central-config": mergeCentralConfig };
}
