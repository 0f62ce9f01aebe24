/** /v1/agent/service/ and /v1/agent/services */
import { createHash } from "node:crypto";
import type { HealthCheck, LocalCheck, LocalService, NodeService } from "../state/records.js";
import {
  AGENT_SERVICE,
  decodeSidecar,
  durationText,
  isStatus,
  type RequestedCheck,
  requestedCheckProblem,
  toRequestedCheck,
} from "./agent-schema.js";
import { parseOptions } from "./blocking.js";
import { addresses, integer, text, toProxy } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { type Decoded, decodeBody } from "./decode.js";
import { compileFilter } from "./filtering.js";
import { sortedMap } from "./go-json.js";
import { parseBool } from "./health.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { badRequest, empty, json } from "./reply.js";
import { requireScriptsAllowed } from "./script-rules.js";
import { isAnyAddress, metaProblem, serviceProblem, withFamilyAddresses } from "./service-rules.js";
import { agentServiceView } from "./views.js";

export function agentServices(context: AgentContext, request: HttpRequest): HttpResponse {
  const filter = compileFilter(request, "agent-services");
  const views: Record<string, unknown> = {};
  for (const { service } of context.state.tables.localServices.values()) {
    const view = agentServiceView(service, context.identity.datacenter);
    if (filter(view)) views[service.ID] = view;
  }
  return json(request, context, sortedMap(views));
}

/** Blocks on the hash of the service's content, not on an index. */
export function agentService(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  const id = request.path.slice("/v1/agent/service/".length);
  const options = parseOptions(request);
  const hash = request.query.get("hash");
  const read = () => {
    const local = context.state.tables.localServices.get(id);
    if (local === undefined) throw new HttpError(404, `unknown service ID: ${id}`);
    const view = agentServiceView(local.service, context.identity.datacenter);
    const contentHash = hashOf(view);
    return {
      contentHash,
      reply: () => json(request, context, withHash(view, contentHash), ["X-Consul-Contenthash", contentHash]),
    };
  };
  const first = read();
  if (hash === "" || hash !== first.contentHash) return first.reply();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancelWatch();
      cancelTimer();
      forgetClose();
      context.blocked.delete(finish);
    };
    const finish = (): void => {
      stop();
      try {
        resolve(read().reply());
      } catch (error) {
        reject(error);
      }
    };
    const check = (): void => {
      const known = context.state.tables.localServices.get(id) !== undefined;
      if (known && read().contentHash === hash) cancelWatch = context.state.watches.watch([`local-service.${id}`], check);
      else finish();
    };
    let cancelWatch = context.state.watches.watch([`local-service.${id}`], check);
    const cancelTimer = context.clock.after(options.waitMs ?? HASH_WAIT_MS_DEFAULT, finish);
    const forgetClose = request.onClose(() => {
      stop();
      reject(new HttpError(499, "the client went away"));
    });
    context.blocked.add(finish);
  });
}

/** In Consul's order of fields: the hash before the datacenter. */
function withHash({ Datacenter, Locality, ...view }: Record<string, unknown>, ContentHash: string): Record<string, unknown> {
  return { ...view, ContentHash, Datacenter, ...(Locality === undefined ? {} : { Locality }) };
}

const HASH_WAIT_MS_DEFAULT = 300_000;

/** Sixteen hexadecimal digits, as Consul's; which ones is nobody's business. */
function hashOf(view: unknown): string {
  return createHash("sha1").update(JSON.stringify(view)).digest("hex").slice(0, 16);
}

export async function registerService(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  await addService(context, request, decodeBody(request.body, AGENT_SERVICE), replacesChecks(request));
  return empty();
}

function replacesChecks(request: HttpRequest): boolean {
  const value = request.query.get("replace-existing-checks");
  return request.query.has("replace-existing-checks") && (value === "" || value === "true");
}

/** Registers a decoded definition, from the API or a configuration file. */
export async function addService(context: AgentContext, request: HttpRequest, decoded: Decoded, replaceChecks: boolean): Promise<void> {
  const local = toLocalService(decoded);
  const checks = requestedChecks(decoded, "Invalid check: ");
  const sidecar = sidecarOf(context, decoded, local.service);
  requireScriptsAllowed(context, request, [...checks, ...(sidecar?.checks ?? [])]);
  await context.local.setService(local, localChecks(context, local.service, checks), replaceChecks);
  if (sidecar !== undefined) await context.local.setService(sidecar.local, sidecar.checks, replaceChecks);
}

function toLocalService(decoded: Decoded): LocalService {
  const name = text(decoded.Name);
  if (name === "") throw badRequest("Missing service name");
  if (isAnyAddress(text(decoded.Address))) throw badRequest("Invalid service address");
  const service = toNodeService(decoded);
  if (decoded.Weights !== undefined) checkWeights(service);
  const meta = metaProblem(service.Meta);
  if (meta !== undefined) throw badRequest(`Invalid Service Meta: ${meta}`);
  const problem = serviceProblem(service);
  if (problem !== undefined) throw badRequest(`Validation failed: ${problem}`);
  return { service: withFamilyAddresses(service), token: text(decoded.Token), sidecarOf: "" };
}

function toNodeService(decoded: Decoded): NodeService {
  const connect = (decoded.Connect as Decoded | undefined) ?? {};
  const weights = decoded.Weights as Decoded | undefined;
  return {
    ...(text(decoded.Kind) === "" ? {} : { Kind: text(decoded.Kind) }),
    ID: text(decoded.ID) || text(decoded.Name),
    Service: text(decoded.Name),
    Tags: (decoded.Tags as string[] | undefined) ?? null,
    Address: text(decoded.Address),
    ...(decoded.TaggedAddresses === undefined ? {} : { TaggedAddresses: addresses(decoded.TaggedAddresses as Decoded) }),
    Meta: (decoded.Meta as Record<string, string> | undefined) ?? null,
    Port: integer(decoded.Port),
    ...(text(decoded.SocketPath) === "" ? {} : { SocketPath: text(decoded.SocketPath) }),
    Weights: weights === undefined ? { Passing: 1, Warning: 1 } : { Passing: integer(weights.Passing), Warning: integer(weights.Warning) },
    EnableTagOverride: decoded.EnableTagOverride === true,
    ...(decoded.Locality === undefined ? {} : { Locality: decoded.Locality as NonNullable<NodeService["Locality"]> }),
    Proxy: toProxy(withUpstreamTypes(decoded.Proxy as Decoded | undefined)),
    Connect: connect.Native === true ? { Native: true } : {},
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

/** An upstream is a service unless it says otherwise. */
function withUpstreamTypes(proxy: Decoded | undefined): Decoded | undefined {
  const upstreams = proxy?.Upstreams;
  if (proxy === undefined || !Array.isArray(upstreams)) return proxy;
  return { ...proxy, Upstreams: upstreams.map((upstream: Record<string, unknown>) => ({ DestinationType: "service", ...upstream })) };
}

function checkWeights({ Weights: { Passing, Warning } }: NodeService): void {
  if (Passing < 1) throw badRequest("Invalid Weights: Passing must be greater than 0");
  if (Warning < 0) throw badRequest("Invalid Weights: Warning must be greater or equal than 0");
  if (Passing > WEIGHT_MAX || Warning > WEIGHT_MAX) throw badRequest("Invalid Weights: DNS Weight must be between 0 and 65535");
}

const WEIGHT_MAX = 65_535;

function requestedChecks(decoded: Decoded, prefix: string): RequestedCheck[] {
  const given = [...((decoded.Checks as Decoded[] | undefined) ?? [])];
  const single = decoded.Check as Decoded | undefined;
  if (single !== undefined && Object.keys(single).length > 0) given.unshift(single);
  const serviceId = text(decoded.ID) || text(decoded.Name);
  return given.map((check) => {
    const requested = toRequestedCheck(check, serviceId);
    const problem = requestedCheckProblem(requested);
    if (problem !== undefined) throw badRequest(prefix + problem);
    if (requested.status !== "" && !isStatus(requested.status)) {
      throw badRequest("Status for checks must 'passing', 'warning', 'critical'");
    }
    return requested;
  });
}

/** Checks without an id are named after the service, numbered when there are several; known ones keep their status. */
function localChecks(context: AgentContext, service: NodeService, requested: readonly RequestedCheck[]): LocalCheck[] {
  return requested.map((check, at) => {
    const numbered = requested.length > 1 ? `service:${service.ID}:${at + 1}` : `service:${service.ID}`;
    const id = check.id === "" ? numbered : check.id;
    const known = context.state.tables.localChecks.get(id)?.check;
    const row: HealthCheck = {
      Node: context.identity.nodeName,
      CheckID: id,
      Name: check.name === "" ? `Service '${service.Service}' check` : check.name,
      Status: known?.Status ?? (check.status === "" ? "critical" : check.status),
      Notes: check.notes,
      Output: known === undefined ? "" : (context.local.outputOf(id) ?? known.Output),
      ServiceID: service.ID,
      ServiceName: service.Service,
      ServiceTags: service.Tags,
      Type: check.type,
      Interval: check.intervalNs === 0 ? "" : durationText(check.intervalNs),
      Timeout: check.timeoutNs === 0 ? "" : durationText(check.timeoutNs),
      ExposedPort: 0,
      Definition: {},
      CreateIndex: 0,
      ModifyIndex: 0,
    };
    return { check: row, definition: { ...check.definition, serviceId: service.ID }, token: "" };
  });
}

const SIDECAR_PORT_MIN = 21_000;
const SIDECAR_PORT_MAX = 21_255;

/** The sidecar proxy that a service brings along, with Consul's defaults. */
function sidecarOf(
  context: AgentContext,
  decoded: Decoded,
  parent: NodeService,
): { readonly local: LocalService; readonly checks: LocalCheck[] } | undefined {
  const nested = (decoded.Connect as Decoded | undefined)?.SidecarService;
  if (nested === undefined || nested === null) return undefined;
  const given = decodeSidecar(nested);
  if (given.Connect !== undefined && (given.Connect as Decoded).SidecarService !== undefined) {
    throw badRequest("Invalid SidecarService: sidecar service can't have a nested sidecar service");
  }
  if (text(given.ID) !== "") throw badRequest("Invalid SidecarService: sidecar service can't specify ID as it is always derived");
  const proxy = (given.Proxy as Decoded | undefined) ?? {};
  const definition: Decoded = {
    ...given,
    Kind: text(given.Kind) || "connect-proxy",
    ID: `${parent.ID}-sidecar-proxy`,
    Name: text(given.Name) || `${parent.Service}-sidecar-proxy`,
    Tags: given.Tags ?? parent.Tags,
    Meta: given.Meta ?? parent.Meta ?? undefined,
    Address: given.Address ?? parent.Address,
    Port: given.Port ?? freeSidecarPort(context, parent.ID),
    Proxy: {
      ...proxy,
      DestinationServiceName: proxy.DestinationServiceName ?? parent.Service,
      DestinationServiceID: proxy.DestinationServiceID ?? parent.ID,
      ...(parent.Port > 0
        ? { LocalServiceAddress: proxy.LocalServiceAddress ?? "127.0.0.1", LocalServicePort: proxy.LocalServicePort ?? parent.Port }
        : {}),
    },
  };
  const checked = requestedChecks(definition, "Invalid check in sidecar_service: ");
  const local = { ...toLocalService(definition), sidecarOf: parent.ID };
  const checks = checked.length > 0 ? checked : defaultSidecarChecks(local.service, parent);
  return { local, checks: localChecks(context, local.service, checks) };
}

function freeSidecarPort(context: AgentContext, parentId: string): number {
  const taken = new Set<number>();
  for (const { service } of context.state.tables.localServices.values()) {
    if (service.ID === `${parentId}-sidecar-proxy` && service.Port > 0) return service.Port;
    taken.add(service.Port);
  }
  for (let port = SIDECAR_PORT_MIN; port <= SIDECAR_PORT_MAX; port++) if (!taken.has(port)) return port;
  throw badRequest(`Invalid SidecarService: none left of ${SIDECAR_PORT_MAX - SIDECAR_PORT_MIN + 1} sidecar ports`);
}

function defaultSidecarChecks(sidecar: NodeService, parent: NodeService): RequestedCheck[] {
  const host = sidecar.Address || String(sidecar.Proxy.LocalServiceAddress ?? "") || "127.0.0.1";
  return [
    toRequestedCheck({ Name: "Connect Sidecar Listening", TCP: `${host}:${sidecar.Port}`, Interval: 10e9 }, sidecar.ID),
    toRequestedCheck({ Name: `Connect Sidecar Aliasing ${parent.ID}`, AliasService: parent.ID }, sidecar.ID),
  ];
}

export async function deregisterService(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  const id = request.path.slice("/v1/agent/service/deregister/".length);
  if (context.state.tables.localServices.get(id) === undefined) {
    throw new HttpError(404, `Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`);
  }
  await context.local.deleteService(id);
  return empty();
}

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
