export { type Clock, systemClock } from "./clock.js";
export { Consul } from "./consul-client.js";
export { ConsulError, type ConsulErrorRequest } from "./consul-error.js";
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
export { aggregatedStatus, Health, type HealthServiceOptions } from "./family/health.js";
export { type DeleteOptions, type KeysOptions, KV_VALUE_BYTES_MAX, type KVPair, type KVValue, Kv, type PutOptions } from "./family/kv.js";
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
export { Status } from "./family/status.js";
export { type Address, parseAddress } from "./http/address.js";
export { type ConsulRequest, Requester, type RequestOptions } from "./http/requester.js";
export type { HttpAnswer, HttpRequest, Transport } from "./http/transport.js";
export { type ConsulOptions, type ConsulTlsOptions, type ResolvedConsulOptions, resolveOptions } from "./options.js";
export type { Answer, AnswerMeta, Plan, Read, ReadOptions, WideClass } from "./read.js";
export { durationMs } from "./session/duration.js";
export { openSession, SessionLifetime, type SessionOptions } from "./session/session-lifetime.js";
export type { WatchState } from "./watch/shared-query.js";
export { type Watch, type WatchOptions, watch } from "./watch/watch.js";
