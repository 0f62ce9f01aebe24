/** Maintenance mode of a service or of the node: a critical check that stands while it lasts. */
import type { HealthCheck } from "../state/records.js";
import type { AgentContext } from "./context.js";
import { parseBool } from "./health.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { badRequest, empty } from "./reply.js";

const SERVICE_MAINTENANCE = "_service_maintenance:";
const NODE_MAINTENANCE_ID = "_node_maintenance";

export async function serviceMaintenance(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  const id = request.path.slice("/v1/agent/service/maintenance/".length);
  if (id === "") throw badRequest("Missing service ID");
  const enable = enableFlag(request);
  const local = context.state.tables.localServices.get(id);
  if (local === undefined)
    throw new HttpError(404, `Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`);
  await maintain(context, `${SERVICE_MAINTENANCE}${id}`, enable, {
    Name: "Service Maintenance Mode",
    Notes: request.query.get("reason") || DEFAULT_SERVICE_REASON,
    ServiceID: id,
    ServiceName: local.service.Service,
    ServiceTags: local.service.Tags,
  });
  return empty();
}

export async function nodeMaintenance(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  const enable = enableFlag(request);
  await maintain(context, NODE_MAINTENANCE_ID, enable, {
    Name: "Node Maintenance Mode",
    Notes: request.query.get("reason") || DEFAULT_NODE_REASON,
    ServiceID: "",
    ServiceName: "",
    ServiceTags: null,
  });
  return empty();
}

const DEFAULT_SERVICE_REASON = "Maintenance mode is enabled for this service, but no reason was provided. This is a default message.";
const DEFAULT_NODE_REASON = "Maintenance mode is enabled for this node, but no reason was provided. This is a default message.";

async function maintain(
  context: AgentContext,
  id: string,
  enable: boolean,
  about: Pick<HealthCheck, "Name" | "Notes" | "ServiceID" | "ServiceName" | "ServiceTags">,
): Promise<void> {
  const known = context.state.tables.localChecks.get(id) !== undefined;
  if (known === enable) return;
  if (!enable) return context.local.deleteCheck(id);
  const check: HealthCheck = {
    Node: context.identity.nodeName,
    CheckID: id,
    Status: "critical",
    Output: "",
    Type: "maintenance",
    Interval: "",
    Timeout: "",
    ExposedPort: 0,
    Definition: {},
    CreateIndex: 0,
    ModifyIndex: 0,
    ...about,
  };
  await context.local.setCheck({ check, definition: undefined, token: "" });
}

function enableFlag(request: HttpRequest): boolean {
  if (!request.query.has("enable")) throw badRequest("Missing value for enable");
  const raw = request.query.get("enable");
  const enable = parseBool(raw);
  if (enable === undefined) throw badRequest(`Invalid value for enable: ${JSON.stringify(raw)}`);
  return enable;
}
