/** /v1/health/ */

import { checksOfInstance } from "../state/query-execution.js";
import type { HealthCheck, ServiceRow } from "../state/records.js";
import { serviceIndex } from "../state/services.js";
import type { Tables } from "../state/tables.js";
import { answerQuery, parseOptions } from "./blocking.js";
import { listing, nodeOf, requestedDatacenter, serviceMaxIndex, withTags } from "./catalog.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { compileFilter } from "./filtering.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { metaFilters, passesMeta, sortNear } from "./node-filters.js";
import { API_HEADERS, badRequest, renderJson } from "./reply.js";
import { checkView, nodeServiceView, nodeView } from "./views.js";

type Answer = HttpResponse | Promise<HttpResponse>;

export function healthNode(context: AgentContext, request: HttpRequest): Answer {
  const node = nameAfter(request, "/v1/health/node/", "Missing node name");
  const topic = `check-rows.node.${node.toLowerCase()}`;
  return listChecks(context, request, topic, (tables) => tables.checks.values(`${node.toLowerCase()}\0`));
}

export function healthChecks(context: AgentContext, request: HttpRequest): Answer {
  const name = nameAfter(request, "/v1/health/checks/", "Missing service name").toLowerCase();
  return listChecks(context, request, `check-rows.service.${name}`, (tables) => tables.checksByService.of(name));
}

export function healthState(context: AgentContext, request: HttpRequest): Answer {
  const state = nameAfter(request, "/v1/health/state/", "Missing check state").toLowerCase();
  if (state === "any") return listChecks(context, request, "checks", (tables) => tables.checks.values());
  return listChecks(context, request, `check-rows.status.${state}`, (tables) => tables.checksByStatus.of(state));
}

function listChecks(context: AgentContext, request: HttpRequest, topic: string, find: (tables: Tables) => HealthCheck[]): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const filter = compileFilter(request, "health-checks");
  const meta = metaFilters(request);
  const { tables } = context.state;
  const topics = meta.length > 0 ? [topic, "nodes"] : [topic];
  return answerQuery(context, request, options, topics, () => {
    const checks = find(tables).filter((check) => passesMeta(tables.nodes.get(check.Node.toLowerCase()), meta));
    const sorted = sortNear(context, request, checks, (check) => check.Node);
    return listing(context, request, tables.maxIndex("checks"), sorted.map(checkView).filter(filter));
  });
}

export function healthService(context: AgentContext, request: HttpRequest, prefix: string, connect: boolean): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const name = nameAfter(request, prefix, "Missing service name");
  const passing = passingFlag(request);
  const filter = compileFilter(request, "health-services");
  const meta = metaFilters(request);
  const { tables, watches } = context.state;
  const topic = serviceIndex(name);
  const isCacheable = !connect && !request.query.has("near") && meta.length === 0;
  const topics = connect ? [`connect-rows.${name.toLowerCase()}`, "services", "checks", "nodes"] : [topic];
  return answerQuery(context, request, options, topics, () => {
    const table = connect ? tables.servicesByConnect : tables.servicesByName;
    const render = (): string => {
      const rows = table.of(name.toLowerCase());
      const kept = withTags(request, rows).filter((row) => passesMeta(nodeOf(tables, row), meta));
      const sorted = sortNear(context, request, kept, (row) => row.Node);
      const views = sorted.filter((row) => !passing || isPassing(tables, row)).map((row) => healthView(tables, row));
      return renderJson(request, context, views.filter(filter));
    };
    // Rendering ten instances costs twenty times what sending them does: kept until the service is touched.
    const reply = (headers: readonly string[]): HttpResponse => ({
      status: 200,
      headers: ["Content-Type", "application/json", ...API_HEADERS, ...headers],
      body: isCacheable ? watches.rendered(topic, renderingName(name, request), render) : render(),
    });
    const exists = table.has(name.toLowerCase());
    const index = connect ? connectIndex(tables, name) : serviceMaxIndex(tables, name, exists, true);
    return { index, found: true, showsConsistency: true, reply };
  });
}

/** What of a request the rendering depends on. */
function renderingName(name: string, { query }: HttpRequest): string {
  if (query.isEmpty) return name;
  const passing = query.has("passing") ? `passing=${query.get("passing")}` : "";
  return JSON.stringify([name, passing, query.all("tag"), query.get("filter"), query.has("pretty")]);
}

/** Proxies may be registered under several names, each with its own index. */
function connectIndex(tables: Tables, name: string): number {
  const rows = tables.servicesByConnect.of(name.toLowerCase());
  if (rows.length === 0) return serviceMaxIndex(tables, name, false, true);
  return Math.max(...rows.map((row) => serviceMaxIndex(tables, row.service.Service, true, true)));
}

export function healthView(tables: Tables, row: ServiceRow): unknown {
  const node = nodeOf(tables, row);
  return {
    Node: node === undefined ? null : nodeView(node),
    Service: nodeServiceView(row.service),
    Checks: checksOfInstance(tables, row).map(checkView),
  };
}

export function isPassing(tables: Tables, row: ServiceRow): boolean {
  return checksOfInstance(tables, row).every((check) => check.Status === "passing");
}

export function passingFlag(request: HttpRequest): boolean {
  if (request.query.isEmpty || !request.query.has("passing")) return false;
  const value = request.query.get("passing");
  const parsed = value === "" ? true : parseBool(value);
  if (parsed === undefined) throw badRequest("Invalid value for ?passing");
  return parsed;
}

/** Go's strconv.ParseBool. */
export function parseBool(text: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  return ["0", "f", "F", "FALSE", "false", "False"].includes(text) ? false : undefined;
}

function nameAfter(request: HttpRequest, prefix: string, problem: string): string {
  const name = request.path.slice(prefix.length);
  if (name === "") throw badRequest(problem);
  return name;
}
