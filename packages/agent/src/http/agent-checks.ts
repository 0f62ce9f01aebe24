/** /v1/agent/check/, /v1/agent/checks and /v1/agent/health/ */
import type { CheckStatus } from "../checks/check-runner.js";
import type { HealthCheck, NodeService } from "../state/records.js";
import { AGENT_CHECK, durationText, isStatus, requestedCheckProblem, toRequestedCheck } from "./agent-schema.js";
import { text } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { type Decoded, decodeBody } from "./decode.js";
import { compileFilter } from "./filtering.js";
import { sortedMap } from "./go-json.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { API_HEADERS, badRequest, empty, json } from "./reply.js";
import { requireScriptsAllowed } from "./script-rules.js";
import { agentServiceView, checkView } from "./views.js";

export function agentChecks(context: AgentContext, request: HttpRequest): HttpResponse {
  const filter = compileFilter(request, "agent-checks");
  const views: Record<string, unknown> = {};
  for (const { check } of context.state.tables.localChecks.values()) {
    const view = checkView(withLatestOutput(context, check));
    if (filter(view)) views[check.CheckID] = view;
  }
  return json(request, context, sortedMap(views));
}

function withLatestOutput(context: AgentContext, check: HealthCheck): HealthCheck {
  const output = context.local.outputOf(check.CheckID);
  return output === undefined ? check : { ...check, Output: output };
}

export async function registerCheck(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  await addCheck(context, request, decodeBody(request.body, AGENT_CHECK));
  return empty();
}

/** Registers a decoded definition, from the API or a configuration file. */
export async function addCheck(context: AgentContext, request: HttpRequest, decoded: Decoded): Promise<void> {
  const name = text(decoded.Name);
  if (name === "") throw badRequest("Missing check name");
  const status = text(decoded.Status);
  if (status !== "" && !isStatus(status)) throw badRequest("Bad check status");
  const serviceId = text(decoded.ServiceID);
  const requested = toRequestedCheck(decoded, serviceId);
  const problem = requestedCheckProblem(requested);
  if (problem !== undefined) throw badRequest(`Invalid check: ${problem}`);
  const service = serviceId === "" ? undefined : context.state.tables.localServices.get(serviceId)?.service;
  if (serviceId !== "" && service === undefined) throw new HttpError(404, `ServiceID ${JSON.stringify(serviceId)} does not exist`);
  requireScriptsAllowed(context, request, [requested]);
  const id = requested.id === "" ? name : requested.id;
  const known = context.state.tables.localChecks.get(id)?.check;
  const check: HealthCheck = {
    Node: context.identity.nodeName,
    CheckID: id,
    Name: name,
    Status: known?.Status ?? (status === "" ? "critical" : status),
    Notes: requested.notes,
    Output: known === undefined ? "" : (context.local.outputOf(id) ?? known.Output),
    ServiceID: serviceId,
    ServiceName: service?.Service ?? "",
    ServiceTags: service?.Tags ?? null,
    Type: requested.type,
    Interval: durationText(requested.intervalNs),
    Timeout: durationText(requested.timeoutNs),
    ExposedPort: 0,
    Definition: {},
    CreateIndex: 0,
    ModifyIndex: 0,
  };
  await context.local.setCheck({ check, definition: { ...requested.definition }, token: text(decoded.Token) });
}

export async function deregisterCheck(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  const id = request.path.slice("/v1/agent/check/deregister/".length);
  requireCheck(context, id);
  await context.local.deleteCheck(id);
  return empty();
}

export function updateCheck(context: AgentContext, request: HttpRequest, prefix: string, status: CheckStatus): Promise<HttpResponse> {
  return beat(context, request.path.slice(prefix.length), status, request.query.get("note"));
}

export function putCheckUpdate(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  const decoded = decodeBody(request.body, { fields: { Status: "string", Output: "string" } });
  const status = text(decoded.Status);
  if (!isStatus(status)) throw badRequest(`Invalid check status: '${status}'`);
  return beat(context, request.path.slice("/v1/agent/check/update/".length), status as CheckStatus, text(decoded.Output));
}

async function beat(context: AgentContext, id: string, status: CheckStatus, output: string): Promise<HttpResponse> {
  requireCheck(context, id);
  if (!context.checks.beat(id, { status, output })) throw new HttpError(500, `CheckID ${JSON.stringify(id)} does not have associated TTL`);
  await context.local.settled(id);
  return empty();
}

function requireCheck(context: AgentContext, id: string): void {
  if (context.state.tables.localChecks.get(id) !== undefined) return;
  throw new HttpError(404, `Unknown check ID ${JSON.stringify(id)}. Ensure that the check ID is passed, not the check name.`);
}

const STATUS_CODES: Readonly<Record<string, number>> = { passing: 200, warning: 429 };
const UNAVAILABLE = 503;

interface InstanceHealth {
  readonly status: string;
  readonly code: number;
  readonly body: unknown;
}

export function healthOfServiceId(context: AgentContext, request: HttpRequest): HttpResponse {
  const id = request.path.slice("/v1/agent/health/service/id/".length);
  if (id === "") throw new HttpError(500, "Missing serviceID");
  const service = context.state.tables.localServices.get(id)?.service;
  if (service === undefined) {
    const reason = `ServiceId ${id} not found`;
    return replyHealth(context, request, {
      status: reason,
      code: 404,
      body: { AggregatedStatus: "critical", Service: null, Checks: null },
    });
  }
  return replyHealth(context, request, healthOf(context, service));
}

export function healthOfServiceName(context: AgentContext, request: HttpRequest): HttpResponse {
  const name = request.path.slice("/v1/agent/health/service/name/".length);
  if (name === "") throw new HttpError(500, "Missing service Name");
  const services = context.state.tables.localServices.values().filter(({ service }) => service.Service === name);
  const health = services.map(({ service }) => healthOf(context, service));
  let worst: InstanceHealth = { status: `ServiceName ${name} Not Found`, code: 404, body: [] };
  for (const one of health) if (worst.code === 404 || worst.code < one.code) worst = one;
  return replyHealth(context, request, { ...worst, body: health.map((one) => one.body) });
}

function healthOf(context: AgentContext, service: NodeService): InstanceHealth {
  const checks: HealthCheck[] = [];
  for (const { check } of context.state.tables.localChecks.values()) {
    if (check.ServiceID === service.ID || check.ServiceID === "") checks.push(withLatestOutput(context, check));
  }
  const status = aggregate(checks);
  const view = agentServiceView(service, context.identity.datacenter);
  return {
    status,
    code: STATUS_CODES[status] ?? UNAVAILABLE,
    body: { AggregatedStatus: status, Service: view, Checks: checks.map(shortCheckView) },
  };
}

/** The worst of all, maintenance above all. */
function aggregate(checks: readonly HealthCheck[]): string {
  if (checks.some(({ CheckID }) => CheckID === "_node_maintenance" || CheckID.startsWith("_service_maintenance:"))) return "maintenance";
  if (checks.some(({ Status }) => Status === "critical")) return "critical";
  return checks.some(({ Status }) => Status === "warning") ? "warning" : "passing";
}

function shortCheckView(check: HealthCheck): unknown {
  return {
    Node: check.Node,
    CheckID: check.CheckID,
    Name: check.Name,
    Status: check.Status,
    Notes: check.Notes,
    Output: check.Output,
    ServiceID: check.ServiceID,
    ServiceName: check.ServiceName,
    ServiceTags: check.ServiceTags ?? null,
    Type: "",
    ExposedPort: 0,
    Definition: NO_DEFINITION,
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

/** What Go's client prints for a definition that is not set. */
const NO_DEFINITION = {
  Interval: "0s",
  Timeout: "0s",
  DeregisterCriticalServiceAfter: "0s",
  HTTP: "",
  Header: null,
  Method: "",
  Body: "",
  TLSServerName: "",
  TLSSkipVerify: false,
  TCP: "",
  TCPUseTLS: false,
  UDP: "",
  GRPC: "",
  OSService: "",
  GRPCUseTLS: false,
};

function replyHealth(context: AgentContext, request: HttpRequest, health: InstanceHealth): HttpResponse {
  const reason = ["X-Consul-Reason", health.status];
  if (!wantsText(request)) return json(request, context, health.body, reason, health.code);
  return { status: health.code, headers: ["Content-Type", "text/plain", ...API_HEADERS, ...reason], body: health.status };
}

function wantsText(request: HttpRequest): boolean {
  if (request.header("accept")?.startsWith("text/plain") === true) return true;
  return request.query.get("format") === "text";
}
