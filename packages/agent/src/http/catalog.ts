/** /v1/catalog/ */

import type { RegisterRequest } from "../state/command.js";
import type { Node, ServiceRow } from "../state/records.js";
import { nodeIndex, serviceIndex } from "../state/services.js";
import { instanceKey, type Tables } from "../state/tables.js";
import { answerQuery, parseOptions, type QueryResult } from "./blocking.js";
import { DEREGISTER, REGISTER, text, toHealthCheck, toNodeService } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { type Decoded, decodeBody } from "./decode.js";
import { compileFilter } from "./filtering.js";
import { sortedMap } from "./go-json.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { metaFilters, passesMeta, sortNear } from "./node-filters.js";
import { badRequest, json } from "./reply.js";
import { isAnyAddress, metaProblem, serviceProblem } from "./service-rules.js";
import { nodeServiceView, nodeView, serviceNodeView } from "./views.js";

type Answer = HttpResponse | Promise<HttpResponse>;

export function catalogRegister(context: AgentContext, request: HttpRequest): Answer {
  const registration = toRegisterRequest(context, decodeBody(request.body, REGISTER));
  checkChecks(context, registration);
  const command = { type: "register", request: registration } as const;
  return done(context.propose(command), () => json(request, context, true));
}

export function catalogDeregister(context: AgentContext, request: HttpRequest): Answer {
  const decoded = decodeBody(request.body, DEREGISTER);
  requireDatacenter(context, text(decoded.Datacenter));
  const node = text(decoded.Node);
  if (node === "") throw new HttpError(500, "Must provide node");
  const command = { type: "deregister", node, serviceId: text(decoded.ServiceID), checkId: text(decoded.CheckID) } as const;
  return done(context.propose(command), () => json(request, context, true));
}

/** Runs `then` after a command, at once when it was applied at once. */
export function done<T>(result: T | Promise<T>, then: (value: T) => HttpResponse): Answer {
  return result instanceof Promise ? result.then(then) : then(result);
}

/** Checks must be of the node, and of a service that it has or is given. */
function checkChecks(context: AgentContext, { Node: name, Service, Checks }: RegisterRequest): void {
  for (const check of Checks) {
    if (check.Node.toLowerCase() !== name.toLowerCase()) {
      throw new HttpError(500, `Node '${check.Node}' for check '${check.CheckID}' doesn't match register request node '${name}'`);
    }
    const known = check.ServiceID === "" || check.ServiceID === Service?.ID;
    if (!known && context.state.tables.services.get(instanceKey(name, check.ServiceID)) === undefined) {
      throw new HttpError(500, `Unknown service ID '${check.ServiceID}' for check ID '${check.CheckID}'`);
    }
  }
}

function toRegisterRequest(context: AgentContext, decoded: Decoded): RegisterRequest {
  requireDatacenter(context, text(decoded.Datacenter));
  const node = text(decoded.Node);
  const id = text(decoded.ID);
  const skip = decoded.SkipNodeUpdate === true;
  if (node === "") throw new HttpError(500, "Must provide node");
  if (id !== "" && !isUuid(id)) throw new HttpError(500, `Bad node ID: ${uuidProblem(id)}`);
  if (text(decoded.Address) === "" && !skip) throw new HttpError(500, "Must provide address if SkipNodeUpdate is not set");
  const checks = [...((decoded.Checks as Decoded[] | undefined) ?? [])];
  if (decoded.Check !== undefined) checks.push(decoded.Check as Decoded);
  return {
    ID: id,
    Node: node,
    Address: text(decoded.Address),
    Datacenter: text(decoded.Datacenter) || context.identity.datacenter,
    TaggedAddresses: (decoded.TaggedAddresses as Record<string, string> | undefined) ?? null,
    NodeMeta: (decoded.NodeMeta as Record<string, string> | undefined) ?? null,
    ...(decoded.Locality === undefined ? {} : { Locality: decoded.Locality as NonNullable<Node["Locality"]> }),
    Service: toCatalogService(decoded.Service as Decoded | undefined),
    Checks: checks.map((check) => toHealthCheck(check, node)),
    SkipNodeUpdate: skip,
  };
}

export function toCatalogService(decoded: Decoded | undefined): RegisterRequest["Service"] {
  if (decoded === undefined) return undefined;
  const given = toNodeService(decoded);
  const service = given.ID === "" ? { ...given, ID: given.Service } : given;
  const problem = serviceProblem(service);
  if (problem !== undefined) throw new HttpError(500, problem);
  if (service.ID !== "" && service.Service === "") {
    throw new HttpError(500, "Must provide service name (Service.Service) when service ID is provided");
  }
  if (isAnyAddress(service.Address)) throw new HttpError(500, "Invalid service address");
  const meta = metaProblem(service.Meta);
  if (meta !== undefined) throw new HttpError(500, `Invalid Service Meta: ${meta}`);
  return service;
}

export function isUuid(id: string): boolean {
  return /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/.test(id);
}

export function uuidProblem(id: string): string {
  return id.length === 36 ? "uuid is improperly formatted" : "uuid string is wrong length";
}

export function catalogDatacenters(context: AgentContext, request: HttpRequest): HttpResponse {
  parseOptions(request);
  return json(request, context, [context.identity.datacenter]);
}

export function catalogNodes(context: AgentContext, request: HttpRequest): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const filter = compileFilter(request, "nodes");
  const meta = metaFilters(request);
  const { tables } = context.state;
  return answerQuery(context, request, options, ["nodes"], () => {
    const nodes = tables.nodes.values().filter((node) => passesMeta(node, meta));
    const views = sortNear(context, request, nodes, (node) => node.Node).map(nodeView);
    return listing(context, request, tables.maxIndex("nodes"), views.filter(filter));
  });
}

export function catalogServices(context: AgentContext, request: HttpRequest): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const filter = compileFilter(request, "catalog-services");
  const meta = metaFilters(request);
  const { tables } = context.state;
  const topics = meta.length > 0 ? ["services", "nodes"] : ["services"];
  return answerQuery(context, request, options, topics, () => {
    const tagsOf = new Map<string, Set<string>>();
    for (const row of tables.services.values()) {
      const node = nodeOf(tables, row);
      if (!passesMeta(node, meta) || !filter(serviceNodeView(row, node))) continue;
      const tags = tagsOf.get(row.service.Service) ?? new Set();
      for (const tag of row.service.Tags ?? []) tags.add(tag);
      tagsOf.set(row.service.Service, tags);
    }
    const services = sortedMap(Object.fromEntries([...tagsOf].map(([name, tags]) => [name, [...tags]])));
    return listing(context, request, tables.maxIndex(...topics), services);
  });
}

export function catalogService(context: AgentContext, request: HttpRequest, prefix: string, connect: boolean): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const name = request.path.slice(prefix.length);
  if (name === "") throw badRequest("Missing service name");
  const filter = compileFilter(request, "service-nodes");
  const meta = metaFilters(request);
  const { tables } = context.state;
  const topics = connect ? [`connect-rows.${name.toLowerCase()}`, "services"] : [serviceIndex(name), "service_last_extinction"];
  return answerQuery(context, request, options, connect ? topics : [serviceIndex(name)], () => {
    const rows = (connect ? tables.servicesByConnect : tables.servicesByName).of(name.toLowerCase());
    const tagged = connect && !request.query.has("tag") ? rows : withTags(request, rows);
    const kept = tagged.filter((row) => passesMeta(nodeOf(tables, row), meta));
    const sorted = sortNear(context, request, kept, (row) => row.Node);
    const views = sorted.map((row) => serviceNodeView(row, nodeOf(tables, row)));
    return listing(context, request, serviceMaxIndex(tables, name, rows.length > 0, false), views.filter(filter));
  });
}

export function catalogNode(context: AgentContext, request: HttpRequest): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const name = request.path.slice("/v1/catalog/node/".length);
  if (name === "") throw badRequest("Missing node name");
  const filter = compileFilter(request, "node-services");
  const { tables } = context.state;
  return answerQuery(context, request, options, nodeTopics(name), () => {
    const node = findNode(tables, name);
    if (node === undefined) return missingNode(context, request, null);
    const views: Record<string, unknown> = {};
    for (const row of tables.services.values(`${node.Node.toLowerCase()}\0`)) {
      const view = nodeServiceView(row.service);
      if (filter(view)) views[row.service.ID] = view;
    }
    const body = { Node: nodeView(node), Services: sortedMap(views) };
    return listing(context, request, tables.maxIndex(nodeIndex(node.Node)), body);
  });
}

export function catalogNodeServices(context: AgentContext, request: HttpRequest): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const name = request.path.slice("/v1/catalog/node-services/".length);
  if (name === "") throw badRequest("Missing node name");
  const filter = compileFilter(request, "node-services");
  const { tables } = context.state;
  return answerQuery(context, request, options, nodeTopics(name), () => {
    const node = findNode(tables, name);
    // Consul's filter makes a list of nothing.
    const none = request.query.get("filter") === "" ? null : [];
    if (node === undefined) return missingNode(context, request, { Node: null, Services: none });
    const services = tables.services.values(`${node.Node.toLowerCase()}\0`).map((row) => nodeServiceView(row.service));
    const kept = services.filter(filter);
    const body = { Node: nodeView(node), Services: kept.length === 0 ? none : kept };
    return listing(context, request, tables.maxIndex(nodeIndex(node.Node)), body);
  });
}

function missingNode(context: AgentContext, request: HttpRequest, body: unknown): QueryResult {
  return { ...listing(context, request, 0, body), found: false };
}

function nodeTopics(name: string): string[] {
  return [nodeIndex(name), `node-row.${name.toLowerCase()}`];
}

/** By name, else by the beginning of its id. */
export function findNode(tables: Tables, nameOrId: string): Node | undefined {
  const byName = tables.nodes.get(nameOrId.toLowerCase());
  if (byName !== undefined || nameOrId.length < NODE_ID_PREFIX_MIN) return byName;
  const found = tables.nodes.values().filter((node) => node.ID.toLowerCase().startsWith(nameOrId.toLowerCase()));
  return found.length === 1 ? found[0] : undefined;
}

const NODE_ID_PREFIX_MIN = 2;

export function listing(context: AgentContext, request: HttpRequest, index: number, body: unknown): QueryResult {
  return { index, found: true, showsConsistency: true, reply: (headers) => json(request, context, body, headers) };
}

/** As listing, for the families that do not say how consistent they are. */
export function plainListing(context: AgentContext, request: HttpRequest, index: number, body: unknown): QueryResult {
  return { index, found: true, reply: (headers) => json(request, context, body, headers) };
}

export function nodeOf(tables: Tables, row: ServiceRow): Node | undefined {
  return tables.nodes.get(row.Node.toLowerCase());
}

/** A service that is gone answers with the index at which the last service of any name went. */
export function serviceMaxIndex(tables: Tables, name: string, exists: boolean, checks: boolean): number {
  if (!exists && tables.hasIndex("service_last_extinction")) return tables.maxIndex("service_last_extinction");
  if (tables.hasIndex(serviceIndex(name))) return tables.maxIndex(serviceIndex(name));
  return checks ? tables.maxIndex("checks", "services", "nodes") : tables.maxIndex("services", "nodes");
}

/** The rows that have every tag asked for, in any case. */
export function withTags(request: HttpRequest, rows: readonly ServiceRow[]): readonly ServiceRow[] {
  const wanted = request.query
    .all("tag")
    .filter((tag) => tag !== "")
    .map((tag) => tag.toLowerCase());
  if (wanted.length === 0) return rows;
  return rows.filter((row) => {
    const tags = (row.service.Tags ?? []).map((tag) => tag.toLowerCase());
    return wanted.every((tag) => tags.includes(tag));
  });
}

export function requestedDatacenter(request: HttpRequest): string {
  if (request.query.isEmpty) return "";
  return request.query.get("datacenter") || request.query.get("dc");
}
