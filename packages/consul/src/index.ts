export { type Clock, systemClock } from "./clock.js";
export { Consul } from "./consul-client.js";
export { ConsulError, type ConsulErrorRequest } from "./consul-error.js";
export { Acl, type TokenListOptions } from "./family/acl.js";
export type {
  ACLAuthMethod,
  ACLAuthMethodDefinition,
  ACLBindingRule,
  ACLBindingRuleDefinition,
  ACLLink,
  ACLNodeIdentity,
  ACLPolicy,
  ACLPolicyDefinition,
  ACLReplicationStatus,
  ACLRole,
  ACLRoleDefinition,
  ACLServiceIdentity,
  ACLTemplatedPolicy,
  ACLTemplatedPolicyInfo,
  ACLToken,
  ACLTokenDefinition,
  ACLTokenExpanded,
} from "./family/acl-shapes.js";
export {
  Agent,
  type AgentCheckRegistration,
  type AgentMember,
  type AgentMetrics,
  type AgentSelf,
  type AgentServiceHealth,
  type AgentTokenKind,
  type CARoot,
  type CARoots,
  type ConnectAuthorize,
  type HostInfo,
  type LeafCertificate,
  type MetricSample,
  type MetricValue,
  type ServiceRegisterOptions,
} from "./family/agent.js";
export {
  Catalog,
  type CatalogDeregistration,
  type CatalogReadOptions,
  type CatalogRegistration,
  type CatalogRegistrationCheck,
  type CatalogService,
  type CatalogServiceOptions,
  type GatewayService,
  type NodeServiceList,
  type NodeWithServices,
} from "./family/catalog.js";
export { Config, type ConfigWriteOptions } from "./family/config.js";
export type {
  APIGateway,
  BoundAPIGateway,
  Condition,
  ConfigEntry,
  ConfigEntryCommon,
  ConfigEntryOf,
  ConfigKind,
  EnvoyExtension,
  ExportedServices,
  FileSystemCertificate,
  GatewayTLS,
  HTTPHeaderModifiers,
  HTTPRoute,
  IngressGateway,
  InlineCertificate,
  IntentionJWT,
  IntentionPermission,
  JWTProvider,
  LoadBalancer,
  Mesh,
  MeshGatewayConfig,
  PassiveHealthCheck,
  ProxyDefaults,
  RateLimitIPConfig,
  ResourceReference,
  SamenessGroup,
  ServiceDefaults,
  ServiceIntentions,
  ServiceResolver,
  ServiceResolverFailover,
  ServiceRouteDestination,
  ServiceRouteMatch,
  ServiceRouter,
  ServiceSplitter,
  TCPRoute,
  TerminatingGateway,
  TransparentProxyConfig,
  UpstreamConfig,
} from "./family/config-shapes.js";
export { type CAConfig, Connect } from "./family/connect.js";
export { type Coordinate, type CoordinateDatacenterMap, type CoordinateEntry, Coordinates, roundTripSeconds } from "./family/coordinate.js";
export { Event, type EventListOptions, type FireOptions, type UserEvent } from "./family/event.js";
export { aggregatedStatus, Health, type HealthServiceOptions } from "./family/health.js";
export { type Intention, Intentions } from "./family/intention.js";
export { type DeleteOptions, type KeysOptions, KV_VALUE_BYTES_MAX, type KVPair, type KVValue, Kv, type PutOptions } from "./family/kv.js";
export {
  type AutopilotConfiguration,
  type AutopilotHealth,
  type AutopilotServerHealth,
  type AutopilotState,
  type KeyringResponse,
  Operator,
  type OperatorUsage,
  type RaftConfiguration,
  type RaftServer,
} from "./family/operator.js";
export { type Peering, type PeeringEstablishRequest, type PeeringState, Peerings, type PeeringTokenRequest } from "./family/peering.js";
export {
  type ExecuteOptions,
  type PreparedQuery,
  type PreparedQueryDefinition,
  Query,
  type QueryExecution,
  type QueryFailoverTarget,
  type QueryService,
} from "./family/query.js";
export { Session, type SessionDefinition, type SessionEntry } from "./family/session.js";
export type {
  AgentService,
  AgentServiceCheck,
  AgentServiceRegistration,
  CatalogNode,
  CheckStatus,
  Expose,
  ExposePath,
  HealthCheck,
  HealthCheckDefinition,
  Locality,
  RaftIndexes,
  ServiceAddress,
  ServiceEntry,
  ServiceKind,
  ServiceProxy,
  Upstream,
  Weights,
} from "./family/shapes.js";
export { Snapshot } from "./family/snapshot.js";
export { Status } from "./family/status.js";
export {
  type CatalogVerb,
  type CheckTxnOp,
  type KVTxnOp,
  type KVVerb,
  type NodeTxnOp,
  type ServiceTxnOp,
  TXN_OPERATIONS_MAX,
  Txn,
  type TxnError,
  type TxnOp,
  type TxnOutcome,
  type TxnResult,
} from "./family/txn.js";
export { type Address, parseAddress } from "./http/address.js";
export { type ConsulRequest, Requester, type RequestOptions } from "./http/requester.js";
export type { HttpAnswer, HttpRequest, Transport } from "./http/transport.js";
export { type ConsulOptions, type ConsulTlsOptions, type ResolvedConsulOptions, resolveOptions } from "./options.js";
export type { Answer, AnswerMeta, Plan, Read, ReadOptions, WideClass } from "./read.js";
export { durationMs } from "./session/duration.js";
export { openSession, SessionLifetime, type SessionOptions } from "./session/session-lifetime.js";
export type { WatchState } from "./watch/shared-query.js";
export { type Watch, type WatchOptions, watch } from "./watch/watch.js";
