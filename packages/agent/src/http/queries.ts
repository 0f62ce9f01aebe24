/** /v1/query/ */
import { findQuery } from "../state/queries.js";
import { executeQuery } from "../state/query-execution.js";
import { renderQuery } from "../state/query-template.js";
import type { PreparedQuery } from "../state/records.js";
import { answerQuery, parseOptions, queryHeaders } from "./blocking.js";
import { done, isUuid, listing, requestedDatacenter } from "./catalog.js";
import { text } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { type Decoded, decodeBody, type Schema } from "./decode.js";
import { parseDuration } from "./go-duration.js";
import { healthView, parseBool } from "./health.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { sortByDistanceFrom } from "./node-filters.js";
import { refusedAs } from "./refused.js";
import { empty, json, methodNotAllowed } from "./reply.js";

const QUERY: Schema = {
  fields: {
    ID: "string",
    Name: "string",
    Session: "string",
    Token: "string",
    Template: { fields: { Type: "string", Regexp: "string", RemoveEmptyTags: "bool" } },
    Service: {
      fields: {
        Service: "string",
        SamenessGroup: "string",
        Failover: {
          fields: {
            NearestN: "int",
            Datacenters: "strings",
            Targets: [{ fields: { Peer: "string", Datacenter: "string", Partition: "string", Namespace: "string" } }],
          },
        },
        OnlyPassing: "bool",
        IgnoreCheckIDs: "strings",
        Near: "string",
        Tags: "strings",
        NodeMeta: "string-map",
        ServiceMeta: "string-map",
        Connect: "bool",
        Peer: "string",
        Namespace: "string",
        Partition: "string",
      },
    },
    DNS: { fields: { TTL: "string" } },
    CreateIndex: "uint64",
    ModifyIndex: "uint64",
  },
};

const PREFIX = "/v1/query/";
const NOT_FOUND = "Query not found";

export function queryGeneral(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  if (request.method === "POST") return createQuery(context, request);
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), ["prepared-queries"], () =>
    listing(context, request, tables.maxIndex("prepared-queries"), tables.queries.values()),
  );
}

function createQuery(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  const decoded = decodeBody(request.body, QUERY);
  if (text(decoded.ID) !== "") throw new HttpError(500, "ID must be empty when creating a new prepared query");
  const query = toQuery(decoded, context.uuid());
  const stored = refusedAs("raft apply failed", () => context.propose({ type: "query-set", query, create: true }));
  return done(stored, (ID) => json(request, context, { ID }));
}

export function querySpecific(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  const { method, path } = request;
  const verb = /\/(execute|explain)$/.exec(path)?.[1];
  const id = path.slice(PREFIX.length, verb === undefined ? undefined : -verb.length - 1);
  const allowed = verb === undefined ? ["GET", "PUT", "DELETE"] : ["GET"];
  if (method === "OPTIONS") return { ...empty(), headers: [...empty().headers, "Allow", ["OPTIONS", ...allowed].join(",")] };
  if (!allowed.includes(method)) throw methodNotAllowed(method, allowed);
  requireDatacenter(context, requestedDatacenter(request));
  if (verb === "execute") return execute(context, request, id);
  if (verb === "explain") return explain(context, request, id);
  if (method === "PUT") return updateQuery(context, request, id);
  return method === "DELETE" ? deleteQuery(context, id) : readQuery(context, request, id);
}

function readQuery(context: AgentContext, request: HttpRequest, id: string): HttpResponse | Promise<HttpResponse> {
  if (!isUuid(id)) throw new HttpError(500, `failed prepared query lookup: index error: UUID ${UUID_RULE}`);
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), [`query-row.${id}`], () => {
    const query = tables.queries.get(id);
    if (query === undefined) throw new HttpError(404, NOT_FOUND);
    return listing(context, request, query.ModifyIndex, [query]);
  });
}

function updateQuery(context: AgentContext, request: HttpRequest, id: string): HttpResponse | Promise<HttpResponse> {
  const decoded = request.body.length === 0 ? {} : decodeBody(request.body, QUERY);
  requireKnown(context, id);
  const query = toQuery(decoded, id);
  return done(
    refusedAs("raft apply failed", () => context.propose({ type: "query-set", query, create: false })),
    () => empty(),
  );
}

function deleteQuery(context: AgentContext, id: string): HttpResponse | Promise<HttpResponse> {
  requireKnown(context, id);
  return done(context.propose({ type: "query-delete", id }), () => empty());
}

const UUID_RULE = "must be 36 characters";

function requireKnown(context: AgentContext, id: string): void {
  if (!isUuid(id)) throw new HttpError(500, `Prepared Query lookup failed: failed prepared query lookup: index error: UUID ${UUID_RULE}`);
  if (context.state.tables.queries.get(id) === undefined) throw new HttpError(500, `Cannot modify non-existent prepared query: '${id}'`);
}

function toQuery(decoded: Decoded, id: string): PreparedQuery {
  const service = (decoded.Service as Decoded | undefined) ?? {};
  const template = (decoded.Template as Decoded | undefined) ?? {};
  const failover = (service.Failover as Decoded | undefined) ?? {};
  const dns = (decoded.DNS as Decoded | undefined) ?? {};
  checkQuery(decoded, service, template, failover, dns);
  return {
    ID: id,
    Name: text(decoded.Name),
    Session: text(decoded.Session),
    Token: text(decoded.Token),
    Template: { Type: text(template.Type), Regexp: text(template.Regexp), RemoveEmptyTags: template.RemoveEmptyTags === true },
    Service: {
      Service: text(service.Service),
      SamenessGroup: text(service.SamenessGroup),
      Failover: { NearestN: failover.NearestN ?? 0, Datacenters: failover.Datacenters ?? null, Targets: failover.Targets ?? null },
      OnlyPassing: service.OnlyPassing === true,
      IgnoreCheckIDs: service.IgnoreCheckIDs ?? null,
      Near: text(service.Near),
      Tags: service.Tags ?? null,
      NodeMeta: service.NodeMeta ?? null,
      ServiceMeta: service.ServiceMeta ?? null,
      Connect: service.Connect === true,
      Peer: text(service.Peer),
    },
    DNS: { TTL: text(dns.TTL) },
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

function checkQuery(decoded: Decoded, service: Decoded, template: Decoded, failover: Decoded, dns: Decoded): void {
  const invalid = (problem: string): HttpError => new HttpError(500, `Invalid prepared query: ${problem}`);
  if (text(decoded.Name) === "" && text(template.Type) === "" && text(decoded.Session) === "") throw invalid("Must be bound to a session");
  if (text(service.Service) === "") throw invalid("Must provide a Service name to query");
  const nearest = (failover.NearestN as number | undefined) ?? 0;
  if (nearest < 0) throw invalid(`Bad NearestN '${nearest}', must be >= 0`);
  const targets = (failover.Targets as unknown[] | undefined) ?? [];
  const datacenters = (failover.Datacenters as unknown[] | undefined) ?? [];
  if ((nearest !== 0 || datacenters.length > 0) && targets.length > 0) {
    throw invalid("Targets cannot be populated with NearestN or Datacenters");
  }
  const ttl = text(dns.TTL);
  const ttlNs = ttl === "" ? 0 : parseDuration(ttl);
  if (ttlNs === undefined) throw invalid(`Bad DNS TTL '${ttl}': time: invalid duration ${JSON.stringify(ttl)}`);
  if (ttlNs < 0) throw invalid(`DNS TTL '${ttlNs}', must be >=0`);
  const type = text(template.Type);
  if (type !== "" && type !== "name_prefix_match") throw invalid(`Bad Template.Type '${type}'`);
}

function resolve(context: AgentContext, idOrName: string): PreparedQuery {
  const query = findQuery(context.state.tables, idOrName);
  if (query === undefined) throw new HttpError(404, NOT_FOUND);
  return renderQuery(query, idOrName);
}

function explain(context: AgentContext, request: HttpRequest, id: string): HttpResponse {
  const options = parseOptions(request);
  const query = resolve(context, id);
  return json(request, context, { Query: query, ...queryMeta(options.consistency) }, queryHeaders(0, options.consistency));
}

function execute(context: AgentContext, request: HttpRequest, id: string): HttpResponse {
  const options = parseOptions(request);
  const limit = parseLimit(request.query.get("limit"));
  const connect = parseConnect(request.query.get("connect"));
  const query = resolve(context, id);
  const service = query.Service as { readonly Service: string; readonly Near: string };
  const rows = shuffle(executeQuery(context.state.tables, query, connect), context.random);
  const near = request.query.get("near") || service.Near;
  const from = near === "_agent" ? context.identity.nodeName : near === "_ip" ? nodeAt(context, request.remoteAddress) : near;
  const sorted = from === "" ? rows : sortByDistanceFrom(context, from, rows, (row) => row.Node);
  const nodes = nearestFirst(sorted, from).slice(0, limit > 0 ? limit : undefined);
  const body = {
    Service: service.Service,
    Nodes: nodes.map((row) => healthView(context.state.tables, row)),
    DNS: query.DNS,
    Datacenter: context.identity.datacenter,
    PeerName: "",
    Failovers: 0,
    ...queryMeta(options.consistency),
  };
  return json(request, context, body, queryHeaders(0, options.consistency));
}

function queryMeta(consistency: string): Record<string, unknown> {
  return {
    Index: 0,
    LastContact: 0,
    KnownLeader: true,
    ConsistencyLevel: consistency,
    NotModified: false,
    Backend: 0,
    ResultsFilteredByACLs: false,
  };
}

/** The asked-for node itself comes first even when others have the same coordinates. */
function nearestFirst<T extends { readonly Node: string }>(rows: readonly T[], node: string): readonly T[] {
  const at = node === "" ? -1 : rows.findIndex((row) => row.Node.toLowerCase() === node.toLowerCase());
  return at <= 0 ? rows : [rows[at]!, ...rows.slice(0, at), ...rows.slice(at + 1)];
}

function nodeAt(context: AgentContext, address: string): string {
  return context.state.tables.nodes.values().find((node) => node.Address === address)?.Node ?? "";
}

function shuffle<T>(rows: readonly T[], random: () => number): T[] {
  const shuffled = [...rows];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}

function parseLimit(raw: string): number {
  if (raw === "") return 0;
  if (/^[+-]?\d+$/.test(raw)) return Number(raw);
  throw new HttpError(500, `Bad limit: strconv.Atoi: parsing ${JSON.stringify(raw)}: invalid syntax`);
}

function parseConnect(raw: string): boolean {
  if (raw === "") return false;
  const value = parseBool(raw);
  if (value !== undefined) return value;
  throw new HttpError(500, `Error parsing 'connect' value: strconv.ParseBool: parsing ${JSON.stringify(raw)}: invalid syntax`);
}
