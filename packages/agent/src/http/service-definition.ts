/** A decoded service definition turned into what is registered: the service, and its checks. */
import type { HealthCheck, LocalCheck, LocalService, NodeService } from "../state/records.js";
import { durationText, isStatus, type RequestedCheck, requestedCheckProblem, toRequestedCheck } from "./agent-schema.js";
import { addresses, integer, text, toProxy } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import type { Decoded } from "./decode.js";
import { badRequest } from "./reply.js";
import { isAnyAddress, metaProblem, serviceProblem, withFamilyAddresses } from "./service-rules.js";

export function toLocalService(decoded: Decoded): LocalService {
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

export function requestedChecks(decoded: Decoded, prefix: string): RequestedCheck[] {
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
export function localChecks(context: AgentContext, service: NodeService, requested: readonly RequestedCheck[]): LocalCheck[] {
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
