/** The proxy that a service definition brings along in `Connect.SidecarService`. */
import type { LocalCheck, LocalService, NodeService } from "../state/records.js";
import { decodeSidecar, type RequestedCheck, toRequestedCheck } from "./agent-schema.js";
import { text } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import type { Decoded } from "./decode.js";
import { badRequest } from "./reply.js";
import { localChecks, requestedChecks, toLocalService } from "./service-definition.js";

const SIDECAR_PORT_MIN = 21_000;
const SIDECAR_PORT_MAX = 21_255;

/** The sidecar proxy that a service brings along, with Consul's defaults. */
export function sidecarOf(
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
