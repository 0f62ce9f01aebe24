/** /v1/internal/ui/: the listings that Consul's own page, and tools that imitate it, read. */
import { isSame } from "../state/equal.js";
import { checksOfInstance } from "../state/query-execution.js";
import type { HealthCheck, Node, ServiceRow } from "../state/records.js";
import { answerQuery, parseOptions } from "./blocking.js";
import { plainListing, requestedDatacenter } from "./catalog.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { badRequest, empty } from "./reply.js";
import { checkRow, nodeServiceRow } from "./views.js";

const TOPICS = ["nodes", "services", "checks"];

export function uiNodes(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), TOPICS, () =>
    plainListing(
      context,
      request,
      tables.maxIndex(...TOPICS),
      tables.nodes.values().map((node) => nodeDump(context, node)),
    ),
  );
}

export function uiNode(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const name = request.path.slice("/v1/internal/ui/node/".length).toLowerCase();
  if (name === "") throw badRequest("Missing node name");
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), TOPICS, () => {
    const node = tables.nodes.get(name);
    const index = tables.maxIndex(...TOPICS);
    if (node === undefined) return { index, found: false, reply: (headers) => empty(404, headers) };
    return plainListing(context, request, index, nodeDump(context, node));
  });
}

function nodeDump(context: AgentContext, node: Node): unknown {
  const { tables } = context.state;
  const prefix = `${node.Node.toLowerCase()}\0`;
  return {
    ID: node.ID,
    Node: node.Node,
    Address: node.Address,
    TaggedAddresses: node.TaggedAddresses,
    Meta: node.Meta,
    Services: tables.services.values(prefix).map((row) => nodeServiceRow(row.service)),
    Checks: tables.checks.values(prefix).map(checkRow),
  };
}

export function uiServices(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), TOPICS, () => {
    const byName = new Map<string, ServiceRow[]>();
    for (const row of tables.services.values()) {
      const known = byName.get(row.service.Service);
      if (known === undefined) byName.set(row.service.Service, [row]);
      else known.push(row);
    }
    const names = [...byName.keys()].sort();
    const views = names.map((name) => summary(context, name, byName.get(name)!));
    return plainListing(context, request, tables.maxIndex(...TOPICS), views);
  });
}

function summary(context: AgentContext, name: string, rows: readonly ServiceRow[]): unknown {
  const { tables } = context.state;
  const checks: HealthCheck[] = [];
  for (const row of rows) {
    for (const check of checksOfInstance(tables, row)) if (!checks.some((known) => isSame(known, check))) checks.push(check);
  }
  const count = (status: string): number => checks.filter((check) => check.Status === status).length;
  const tags = [...new Set(rows.flatMap((row) => row.service.Tags ?? []))].sort();
  const kind = rows.find((row) => row.service.Kind !== undefined)?.service.Kind;
  return {
    ...(kind === undefined ? {} : { Kind: kind }),
    Name: name,
    Datacenter: context.identity.datacenter,
    Tags: tags.length === 0 ? null : tags,
    Nodes: [...new Set(rows.map((row) => row.Node))].sort(),
    ExternalSources: null,
    InstanceCount: rows.length,
    ChecksPassing: count("passing"),
    ChecksWarning: count("warning"),
    ChecksCritical: count("critical"),
    GatewayConfig: {},
    TransparentProxy: false,
    ConnectNative: rows.some((row) => row.service.Connect.Native === true),
    ConnectedWithProxy: tables.servicesByConnect.of(name.toLowerCase()).some((row) => row.service.Kind === "connect-proxy"),
    ConnectedWithGateway: false,
  };
}
