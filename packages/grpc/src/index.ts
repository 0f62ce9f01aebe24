export type {
  Balancer,
  BalancerEnvironment,
  BalancerFactory,
  ConnectivityState,
  Member,
  Outcome,
  PickContext,
} from "./balance/balancer.js";
export { systemEnvironment } from "./balance/clock.js";
export { type LeastLoadedOptions, leastLoaded } from "./balance/least-loaded.js";
export { random } from "./balance/random.js";
export { balancerByName, balancerFromConfig, balancerNames } from "./balance/registry.js";
export { roundRobin } from "./balance/round-robin.js";
export { Code, codeName } from "./call/code.js";
export type { Compressor } from "./call/compression.js";
export { currentCall } from "./call/current-call.js";
export type { Call, Interceptor, Next, Response } from "./call/interceptor.js";
export { Metadata } from "./call/metadata.js";
export { RpcError, type RpcErrorOptions } from "./call/rpc-error.js";
export type { Connector } from "./channel/connector.js";
export { type Channel, createChannel } from "./channel/create-channel.js";
export type { ChannelOptions } from "./channel/options.js";
export type { Endpoint, Locality, Resolution, Resolver, Target } from "./channel/resolver.js";
export type { MethodConfig, ServiceConfig } from "./channel/service-config.js";
export type { Caller, CallOptions } from "./client/caller.js";
export { type Client, type ClientMethod, createClient } from "./client/create-client.js";
export { msgpackCodec } from "./codec/class/msgpack-codec.js";
export type { Codec, MethodCodec } from "./codec/codec.js";
export { type ProtobufCodecOptions, protobufCodec } from "./codec/protobuf/protobuf-codec.js";
export { type BindClassOptions, bindClass } from "./contract/bind-class.js";
export { bindProtobuf, type ProtobufHandler, type ProtobufImplementation } from "./contract/bind-protobuf.js";
export { type ClassClient, type ClassClientOptions, type ClassResult, classClient } from "./contract/class-client.js";
export type { ClassCodecName } from "./contract/class-contract.js";
export type { Contract, Method, MethodKind } from "./contract/contract.js";
export { type NameClient, type NameClientOptions, type NamedCall, nameClient, type Reply } from "./contract/name-client.js";
export { protobufContract } from "./contract/protobuf-contract.js";
export type { ArgumentSchemas, SchemaIssue, SchemaResult, StandardSchema } from "./contract/standard-schema.js";
export type { CallCredentials } from "./credentials/call-credentials.js";
export { type OAuth2Options, oauth2ClientCredentials } from "./credentials/oauth2.js";
export { type ChannelTls, type PeerIdentity, type ServerTls, staticTls, type TlsMaterial, type TlsSource } from "./credentials/tls.js";
export { type TlsFiles, tlsFiles } from "./credentials/tls-files.js";
export { basicAuth, bearerToken, type Token, type TokenOptions, type TokenSource } from "./credentials/token.js";
export { Health, type ServingStatus } from "./health/health.js";
export { createInProcessChannel, inProcessConnector } from "./in-process/in-process.js";
export { type ReflectedService, reflectService } from "./reflection/reflect-service.js";
export { reflectionBindings } from "./reflection/reflection.js";
export {
  defaultClientPolicy,
  defaultServerPolicy,
  parseResiliencePolicies,
  type ResiliencePolicies,
  type ResiliencePolicy,
} from "./resilience/policy.js";
export { type ClientPreset, type ClientPresetOptions, clientPreset } from "./resilience/preset.js";
export { Resilience, type ResilienceOptions } from "./resilience/resilience.js";
export { RetryBudget, type RetryBudgetOptions } from "./resilience/retry-budget.js";
export type { Fallback, PlainRequest, PlainResponse } from "./server/fallback.js";
export type { Binding, Handler, ServerCall } from "./server/handler.js";
export type { CallOutcome, ServerKeepalive, ServerOptions } from "./server/options.js";
export { type Address, createServer, type DrainOptions, type ListenAt, Server } from "./server/server.js";
export type { SharedStore, SharedValue } from "./shared/shared-store.js";
