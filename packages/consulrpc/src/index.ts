export { type ConsulResolverOptions, consulResolver } from "./discovery/consul-resolver.js";
export { cacheDirectory, diskLastGood } from "./discovery/disk.js";
export { type BeliefOptions, EndpointList } from "./discovery/endpoint-list.js";
export { type LastGood, memoryLastGood, type SavedList } from "./discovery/last-good.js";
export type { ContractSource, ImplementationOf } from "./door/bindings.js";
export { type Connected, type ConnectOptions, channelOf, connect, openChannel } from "./door/connect.js";
export { type DiscoverOptions, discover, type ResolveOptions, resolve } from "./door/discover.js";
export { type NamedClient, type NewClientOptions, newClient } from "./door/new-client.js";
export { type RegisterOptions, register } from "./door/register.js";
export { newServer, Served, type ServeOptions, ServerBuilder, serve } from "./door/serve.js";
export { type ConsulSource, consulOf } from "./door/shared-consul.js";
export type { Instance, InstanceChange } from "./registration/instance.js";
export {
  Registration,
  type RegistrationEvents,
  type RegistrationOptions,
  type RegistrationState,
  withheldKey,
} from "./registration/registration.js";
export type { CheckKind, ServiceCheck } from "./registration/service-check.js";
export type { ServiceOptions } from "./registration/service-options.js";
