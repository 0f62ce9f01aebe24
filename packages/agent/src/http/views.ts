/** Rows of the state in the shapes and field order of Consul's JSON. */
import type { HealthCheck, Node, NodeService, ServiceRow } from "../state/records.js";

/** A row of /v1/catalog/service. */
export function serviceNodeView(row: ServiceRow, node: Node | undefined): unknown {
  const { service } = row;
  return {
    ID: node?.ID ?? "",
    Node: row.Node,
    Address: node?.Address ?? "",
    Datacenter: node?.Datacenter ?? "",
    TaggedAddresses: node?.TaggedAddresses ?? null,
    NodeMeta: node?.Meta ?? null,
    ServiceKind: service.Kind ?? "",
    ServiceID: service.ID,
    ServiceName: service.Service,
    ServiceTags: service.Tags ?? [],
    ServiceAddress: service.Address,
    ...(hasEntries(service.TaggedAddresses) ? { ServiceTaggedAddresses: service.TaggedAddresses } : {}),
    ServiceWeights: service.Weights,
    ServiceMeta: service.Meta ?? {},
    ServicePort: service.Port,
    ServiceSocketPath: service.SocketPath ?? "",
    ServiceEnableTagOverride: service.EnableTagOverride,
    ServiceProxy: service.Proxy,
    ServiceConnect: service.Connect,
    ServiceLocality: service.Locality ?? null,
    CreateIndex: service.CreateIndex,
    ModifyIndex: service.ModifyIndex,
  };
}

/** A service inside /v1/catalog/node and /v1/health/service. */
export function nodeServiceView(service: NodeService): unknown {
  return { ...nodeServiceRow(service), Tags: service.Tags ?? [] };
}

/** A service inside a transaction's answer: no tags are null. */
export function nodeServiceRow(service: NodeService): Record<string, unknown> {
  return {
    ...(service.Kind === undefined || service.Kind === "" ? {} : { Kind: service.Kind }),
    ID: service.ID,
    Service: service.Service,
    Tags: service.Tags,
    Address: service.Address,
    ...(hasEntries(service.TaggedAddresses) ? { TaggedAddresses: service.TaggedAddresses } : {}),
    Meta: service.Meta,
    ...(service.Port === 0 ? {} : { Port: service.Port }),
    ...(service.SocketPath === undefined || service.SocketPath === "" ? {} : { SocketPath: service.SocketPath }),
    Weights: service.Weights,
    EnableTagOverride: service.EnableTagOverride,
    ...(service.Locality === undefined ? {} : { Locality: service.Locality }),
    Proxy: service.Proxy,
    Connect: service.Connect,
    PeerName: "",
    CreateIndex: service.CreateIndex,
    ModifyIndex: service.ModifyIndex,
  };
}

export function nodeView(node: Node): unknown {
  return {
    ID: node.ID,
    Node: node.Node,
    Address: node.Address,
    Datacenter: node.Datacenter,
    TaggedAddresses: node.TaggedAddresses,
    Meta: node.Meta,
    ...(node.Locality === undefined ? {} : { Locality: node.Locality }),
    CreateIndex: node.CreateIndex,
    ModifyIndex: node.ModifyIndex,
  };
}

export function checkView(check: HealthCheck): unknown {
  return check.ServiceTags === null ? { ...checkRow(check), ServiceTags: [] } : checkRow(check);
}

/** A check inside a transaction's answer: no tags are null. */
export function checkRow(check: HealthCheck): Record<string, unknown> {
  return {
    Node: check.Node,
    CheckID: check.CheckID,
    Name: check.Name,
    Status: check.Status,
    Notes: check.Notes,
    Output: check.Output,
    ServiceID: check.ServiceID,
    ServiceName: check.ServiceName,
    ServiceTags: check.ServiceTags,
    Type: check.Type,
    Interval: check.Interval,
    Timeout: check.Timeout,
    ExposedPort: check.ExposedPort,
    Definition: check.Definition,
    CreateIndex: check.CreateIndex,
    ModifyIndex: check.ModifyIndex,
  };
}

/** A service of /v1/agent/services. */
export function agentServiceView(service: NodeService, datacenter: string): Record<string, unknown> {
  const isProxy = service.Kind !== undefined && service.Kind !== "";
  return {
    ...(isProxy ? { Kind: service.Kind } : {}),
    ID: service.ID,
    Service: service.Service,
    Tags: service.Tags ?? [],
    Meta: service.Meta ?? {},
    Port: service.Port,
    Address: service.Address,
    ...(service.SocketPath === undefined || service.SocketPath === "" ? {} : { SocketPath: service.SocketPath }),
    ...(hasEntries(service.TaggedAddresses) ? { TaggedAddresses: service.TaggedAddresses } : {}),
    Weights: { Passing: service.Weights.Passing > 0 ? service.Weights.Passing : 1, Warning: service.Weights.Warning },
    EnableTagOverride: service.EnableTagOverride,
    ...(isProxy ? { Proxy: withoutEmptyMode(service.Proxy) } : {}),
    ...(service.Connect.Native === true ? { Connect: { Native: true } } : {}),
    Datacenter: datacenter,
    ...(service.Locality === undefined ? {} : { Locality: service.Locality }),
  };
}

function withoutEmptyMode(proxy: NodeService["Proxy"]): NodeService["Proxy"] {
  const { Mode, ...rest } = proxy;
  return Mode === "" ? rest : proxy;
}

function hasEntries(map: Readonly<Record<string, unknown>> | undefined): boolean {
  return map !== undefined && Object.keys(map).length > 0;
}
