/**
 * What may be selected, per kind of row. Names are those of Consul's Go structures, which in places are not the names in its JSON
 * (documented at https://developer.hashicorp.com/consul/api-docs/features/filtering and per endpoint).
 */
import type { Field, Fields } from "./field.js";

const stringMap: Field = { map: "string" };
const stringList: Field = { list: "string" };
const serviceAddress: Fields = { Address: "string", Port: "integer" };
const weights: Fields = { Passing: "integer", Warning: "integer" };
const meshGateway: Field = { struct: { Mode: "string" } };

const exposedPath: Fields = {
  ListenerPort: "integer",
  Path: "string",
  LocalPathPort: "integer",
  Protocol: "string",
  ParsedFromCheck: "boolean",
};

const upstream: Fields = {
  DestinationType: "string",
  DestinationNamespace: "string",
  DestinationPartition: "string",
  DestinationPeer: "string",
  DestinationName: "string",
  Datacenter: "string",
  LocalBindAddress: "string",
  LocalBindPort: "integer",
  LocalBindSocketPath: "string",
  LocalBindSocketMode: "string",
  MeshGateway: meshGateway,
};

const proxy: Fields = {
  EnvoyExtensions: { list: { struct: { Name: "string", Required: "boolean", ConsulVersion: "string", EnvoyVersion: "string" } } },
  DestinationServiceName: "string",
  DestinationServiceID: "string",
  LocalServiceAddress: "string",
  LocalServicePort: "integer",
  LocalServiceSocketPath: "string",
  Mode: "string",
  Upstreams: { list: { struct: upstream } },
  MeshGateway: meshGateway,
  Expose: { struct: { Checks: "boolean", Paths: { list: { struct: exposedPath } } } },
  TransparentProxy: { struct: { OutboundListenerPort: "integer", DialedDirectly: "boolean" } },
  AccessLogs: {
    struct: {
      Enabled: "boolean",
      DisableListenerLogs: "boolean",
      Type: "string",
      Path: "string",
      JSONFormat: "string",
      TextFormat: "string",
    },
  },
};

/** /v1/catalog/nodes */
export const nodeFields: Fields = {
  ID: "string",
  Node: "string",
  Address: "string",
  Datacenter: "string",
  Partition: "string",
  PeerName: "string",
  TaggedAddresses: stringMap,
  Meta: stringMap,
};

/** /v1/catalog/node, /v1/catalog/node-services, /v1/agent/services */
export const nodeServiceFields: Fields = {
  Kind: "string",
  ID: "string",
  Service: "string",
  Tags: stringList,
  Address: "string",
  TaggedAddresses: { map: { struct: serviceAddress } },
  Meta: stringMap,
  Port: "integer",
  SocketPath: "string",
  Weights: { struct: weights },
  EnableTagOverride: "boolean",
  Proxy: { struct: proxy },
  Connect: { struct: { Native: "boolean" } },
  PeerName: "string",
};

/** /v1/catalog/services (over what they are drawn from), /v1/catalog/service, /v1/catalog/connect */
export const serviceNodeFields: Fields = {
  ID: "string",
  Node: "string",
  Address: "string",
  Datacenter: "string",
  TaggedAddresses: stringMap,
  NodeMeta: stringMap,
  ServiceKind: "string",
  ServiceID: "string",
  ServiceName: "string",
  ServiceTags: stringList,
  ServiceAddress: "string",
  ServiceTaggedAddresses: { map: { struct: serviceAddress } },
  ServiceWeights: { struct: weights },
  ServiceMeta: stringMap,
  ServicePort: "integer",
  ServiceSocketPath: "string",
  ServiceEnableTagOverride: "boolean",
  ServiceProxy: { struct: proxy },
  ServiceConnect: { struct: { Native: "boolean" } },
  PeerName: "string",
};

/** /v1/health/node, /v1/health/checks, /v1/health/state, /v1/agent/checks */
export const healthCheckFields: Fields = {
  Node: "string",
  CheckID: "string",
  Name: "string",
  Status: "string",
  Notes: "string",
  Output: "string",
  ServiceID: "string",
  ServiceName: "string",
  ServiceTags: stringList,
  Type: "string",
  Interval: "string",
  Timeout: "string",
  ExposedPort: "integer",
  PeerName: "string",
};

/** /v1/health/service, /v1/health/connect, /v1/health/ingress, prepared queries */
export const checkServiceNodeFields: Fields = {
  Node: { struct: nodeFields },
  Service: { struct: nodeServiceFields },
  Checks: { list: { struct: healthCheckFields } },
};

/** /v1/internal/ui/nodes */
export const nodeInfoFields: Fields = {
  ID: "string",
  Node: "string",
  Partition: "string",
  PeerName: "string",
  Address: "string",
  TaggedAddresses: stringMap,
  Meta: stringMap,
  Services: { list: { struct: nodeServiceFields } },
  Checks: { list: { struct: healthCheckFields } },
};

/** /v1/agent/members */
export const memberFields: Fields = {
  Name: "string",
  Addr: { list: "integer" },
  Port: "integer",
  Tags: stringMap,
  Status: "integer",
  ProtocolMin: "integer",
  ProtocolMax: "integer",
  ProtocolCur: "integer",
  DelegateMin: "integer",
  DelegateMax: "integer",
  DelegateCur: "integer",
};

/** /v1/connect/intentions */
export const intentionFields: Fields = {
  ID: "string",
  Description: "string",
  SourcePeer: "string",
  SourceSamenessGroup: "string",
  SourcePartition: "string",
  SourceNS: "string",
  SourceName: "string",
  DestinationPartition: "string",
  DestinationNS: "string",
  DestinationName: "string",
  SourceType: "string",
  Action: "string",
  Precedence: "integer",
  Meta: stringMap,
};
