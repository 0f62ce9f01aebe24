/** /v1/operator/: what a single node answers about itself. */

import { CONSUL_VERSION } from "./agent-self.js";
import { isUint64, parseOptions, queryHeaders } from "./blocking.js";
import { done, requestedDatacenter } from "./catalog.js";
import { integer } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { decodeBody, type Schema } from "./decode.js";
import { formatDuration } from "./go-duration.js";
import { parseBool } from "./health.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { badRequest, empty, json } from "./reply.js";
import { raftAddress } from "./status.js";

export function raftConfiguration(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  parseOptions(request);
  const server = {
    ID: context.identity.nodeId,
    Node: context.identity.nodeName,
    Address: raftAddress(context),
    Leader: true,
    ProtocolVersion: "3",
    Voter: true,
    LastIndex: context.state.index,
  };
  return json(request, context, { Servers: [server], Index: 0 });
}

export function raftTransferLeader(context: AgentContext, request: HttpRequest): HttpResponse {
  const id = request.query.get("id");
  if (id !== "" && id !== context.identity.nodeId) throw new HttpError(500, `server id ${id} not found in the cluster`);
  throw new HttpError(500, "cannot find peer");
}

export function raftPeer(context: AgentContext, request: HttpRequest): HttpResponse {
  const { query } = request;
  if (!query.has("id") && !query.has("address")) {
    throw badRequest("Must specify either ?id with the server's ID or ?address with IP:port of peer to remove");
  }
  if (query.has("id") && query.has("address")) throw badRequest("Must specify only one of ?id or ?address");
  const isSelf = query.get("id") === context.identity.nodeId || query.get("address") === raftAddress(context);
  if (isSelf) throw new HttpError(500, "this is the only server; it cannot be removed");
  const what = query.has("id") ? `id "${query.get("id")}"` : `address "${query.get("address")}"`;
  throw new HttpError(500, `${what} was not found in the Raft configuration`);
}

const AUTOPILOT: Schema = {
  fields: {
    CleanupDeadServers: "bool",
    LastContactThreshold: "duration",
    MaxTrailingLogs: "int",
    MinQuorum: "int",
    ServerStabilizationTime: "duration",
    RedundancyZoneTag: "string",
    DisableUpgradeMigration: "bool",
    UpgradeVersionTag: "string",
    CreateIndex: "uint64",
    ModifyIndex: "uint64",
  },
};

const AUTOPILOT_DEFAULTS = {
  CleanupDeadServers: true,
  LastContactThreshold: "200ms",
  MaxTrailingLogs: 250,
  MinQuorum: 0,
  ServerStabilizationTime: "10s",
  RedundancyZoneTag: "",
  DisableUpgradeMigration: false,
  UpgradeVersionTag: "",
} as const;

export function autopilotConfiguration(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  if (request.method === "PUT") return setAutopilot(context, request);
  parseOptions(request);
  return json(
    request,
    context,
    context.state.tables.settings.get("autopilot") ?? { ...AUTOPILOT_DEFAULTS, CreateIndex: 1, ModifyIndex: 1 },
  );
}

function setAutopilot(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  let decoded: Readonly<Record<string, unknown>>;
  try {
    decoded = decodeBody(request.body, AUTOPILOT);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    throw badRequest(error.message.replace("Request decode failed", "Error parsing autopilot config"));
  }
  const rawCas = request.query.get("cas");
  const cas = request.query.has("cas") ? rawCas : undefined;
  if (cas !== undefined && !isUint64(cas)) {
    throw badRequest(`Error parsing cas value: strconv.ParseUint: parsing ${JSON.stringify(cas)}: invalid syntax`);
  }
  const value = {
    CleanupDeadServers: decoded.CleanupDeadServers ?? AUTOPILOT_DEFAULTS.CleanupDeadServers,
    LastContactThreshold: decoded.LastContactThreshold === undefined ? "200ms" : formatDuration(integer(decoded.LastContactThreshold)),
    MaxTrailingLogs: decoded.MaxTrailingLogs ?? AUTOPILOT_DEFAULTS.MaxTrailingLogs,
    MinQuorum: decoded.MinQuorum ?? 0,
    ServerStabilizationTime:
      decoded.ServerStabilizationTime === undefined ? "10s" : formatDuration(integer(decoded.ServerStabilizationTime)),
    RedundancyZoneTag: decoded.RedundancyZoneTag ?? "",
    DisableUpgradeMigration: decoded.DisableUpgradeMigration ?? false,
    UpgradeVersionTag: decoded.UpgradeVersionTag ?? "",
  };
  const command = { type: "setting-set", name: "autopilot", value, cas: cas === undefined ? undefined : Number(cas) } as const;
  return done(context.propose(command), (stored) => json(request, context, stored));
}

function serverHealth(context: AgentContext): Record<string, unknown> {
  return {
    ID: context.identity.nodeId,
    Name: context.identity.nodeName,
    Address: raftAddress(context),
    Version: CONSUL_VERSION,
    LastContact: "0s",
    LastTerm: 1,
    LastIndex: context.state.index,
    Healthy: true,
    StableSince: new Date(context.startedAtMs).toISOString(),
  };
}

export function autopilotHealth(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  parseOptions(request);
  const { ID, Name, Address, ...rest } = serverHealth(context);
  const server = { ID, Name, Address, SerfStatus: "alive", Leader: true, ...rest, Voter: true };
  return json(request, context, { Healthy: true, FailureTolerance: 0, Servers: [server] });
}

export function autopilotState(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  parseOptions(request);
  const id = context.identity.nodeId;
  const { ID, Name, Address, ...rest } = serverHealth(context);
  const server = {
    ID,
    Name,
    Address,
    NodeStatus: "alive",
    ...rest,
    ReadReplica: false,
    Status: "leader",
    Meta: context.identity.nodeMeta,
    NodeType: "voter",
  };
  const body = {
    Healthy: true,
    FailureTolerance: 0,
    OptimisticFailureTolerance: 0,
    Servers: { [id]: server },
    Leader: id,
    Voters: [id],
  };
  return json(request, context, body);
}

export function operatorUsage(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const { tables } = context.state;
  const services = tables.services.values().map((row) => row.service);
  const countKind = (kind: string): number => services.filter((service) => service.Kind === kind).length;
  const typical = services.filter(({ Kind = "", Service }) => Kind === "" && Service !== "consul");
  const usage = {
    Services: new Set(services.map((service) => service.Service)).size,
    ServiceInstances: services.length,
    ConnectServiceInstances: {
      "api-gateway": countKind("api-gateway"),
      "connect-native": services.filter((service) => service.Connect.Native === true).length,
      "connect-proxy": countKind("connect-proxy"),
      "ingress-gateway": countKind("ingress-gateway"),
      "mesh-gateway": countKind("mesh-gateway"),
      "terminating-gateway": countKind("terminating-gateway"),
    },
    BillableServiceInstances: typical.length,
    Nodes: tables.nodes.size,
  };
  const index = Math.max(1, tables.maxIndex("services", "nodes"));
  const body = {
    Usage: { [context.identity.datacenter]: usage },
    Index: index,
    LastContact: 0,
    KnownLeader: true,
    ConsistencyLevel: options.consistency,
    NotModified: false,
    Backend: 0,
    ResultsFilteredByACLs: false,
  };
  return json(request, context, body, queryHeaders(index, options.consistency));
}

const KEYRING: Schema = { fields: { Key: "string", Token: "string", RelayFactor: "int", LocalOnly: "bool" } };
const RELAY_FACTOR_MAX = 5;

/** There is no gossip to encrypt; with `-encrypt` the key is remembered so that tools that manage keys find it. */
export function operatorKeyring(context: AgentContext, request: HttpRequest): HttpResponse {
  const decoded = request.method === "GET" ? {} : decodeBody(request.body, KEYRING);
  const relay = request.query.get("relay-factor");
  if (relay !== "" && (!/^\d+$/.test(relay) || Number(relay) > RELAY_FACTOR_MAX)) {
    throw badRequest(`Invalid relay-factor: -relay-factor must be in the range: [0, ${RELAY_FACTOR_MAX}]`);
  }
  const local = request.query.get("local-only");
  const localOnly = local === "" ? false : parseBool(local);
  if (localOnly === undefined)
    throw badRequest(`Error parsing local-only: strconv.ParseBool: parsing ${JSON.stringify(local)}: invalid syntax`);
  if (localOnly && request.method !== "GET") throw badRequest("Invalid use of local-only: -local-only can only be set for list requests");
  const { nodeName, datacenter } = context.identity;
  if (context.keyring.isEmpty) {
    const reason = "Keyring is empty (encryption not enabled)";
    const lines = [
      "WAN error: 1/1 nodes reported failure",
      `${nodeName}.${datacenter}: ${reason}`,
      `${datacenter} (LAN) error: 1/1 nodes reported failure`,
      `${nodeName}: ${reason}`,
    ];
    throw new HttpError(500, `${lines.length} errors occurred:\n${lines.map((line) => `\t* ${line}\n`).join("")}\n`);
  }
  if (request.method === "GET") return json(request, context, context.keyring.pools(datacenter, localOnly));
  const key = String(decoded.Key ?? "");
  const problem =
    request.method === "POST"
      ? context.keyring.install(key)
      : request.method === "PUT"
        ? context.keyring.use(key)
        : context.keyring.remove(key);
  if (problem === undefined) return empty();
  throw new HttpError(500, `1 error occurred:\n\t* ${datacenter} (LAN) error: ${problem}\n\n`);
}
