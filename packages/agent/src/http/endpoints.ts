/** Every path the agent answers, as Consul registers them. */
import {
  agentChecks,
  deregisterCheck,
  healthOfServiceId,
  healthOfServiceName,
  putCheckUpdate,
  registerCheck,
  updateCheck,
} from "./agent-checks.js";
import { agentSelf } from "./agent-self.js";
import { agentService, agentServices, deregisterService, nodeMaintenance, registerService, serviceMaintenance } from "./agent-services.js";
import {
  catalogDatacenters,
  catalogDeregister,
  catalogNode,
  catalogNodeServices,
  catalogNodes,
  catalogRegister,
  catalogService,
  catalogServices,
} from "./catalog.js";
import { healthChecks, healthNode, healthService, healthState } from "./health.js";
import { kvEndpoint } from "./kv.js";
import type { Endpoint, Route } from "./router.js";
import { sessionCreate, sessionDestroy, sessionInfo, sessionList, sessionNode, sessionRenew } from "./sessions.js";
import { statusLeader, statusPeers } from "./status.js";

const CHECK = "/v1/agent/check";

export const ENDPOINTS: ReadonlyMap<string, Route> = new Map<string, Route>([
  route("/v1/kv/", "GET PUT DELETE", kvEndpoint),

  route("/v1/catalog/register", "PUT", catalogRegister),
  route("/v1/catalog/deregister", "PUT", catalogDeregister),
  route("/v1/catalog/datacenters", "GET", catalogDatacenters),
  route("/v1/catalog/nodes", "GET", catalogNodes),
  route("/v1/catalog/services", "GET", catalogServices),
  route("/v1/catalog/service/", "GET", (context, request) => catalogService(context, request, "/v1/catalog/service/", false)),
  route("/v1/catalog/connect/", "GET", (context, request) => catalogService(context, request, "/v1/catalog/connect/", true)),
  route("/v1/catalog/node/", "GET", catalogNode),
  route("/v1/catalog/node-services/", "GET", catalogNodeServices),

  route("/v1/health/node/", "GET", healthNode),
  route("/v1/health/checks/", "GET", healthChecks),
  route("/v1/health/state/", "GET", healthState),
  route("/v1/health/service/", "GET", (context, request) => healthService(context, request, "/v1/health/service/", false)),
  route("/v1/health/connect/", "GET", (context, request) => healthService(context, request, "/v1/health/connect/", true)),

  route("/v1/agent/self", "GET", agentSelf),
  route("/v1/agent/services", "GET", agentServices),
  route("/v1/agent/service/", "GET", agentService),
  route("/v1/agent/service/register", "PUT", registerService),
  route("/v1/agent/service/deregister/", "PUT", deregisterService),
  route("/v1/agent/service/maintenance/", "PUT", serviceMaintenance),
  route("/v1/agent/maintenance", "PUT", nodeMaintenance),
  route("/v1/agent/checks", "GET", agentChecks),
  route(`${CHECK}/register`, "PUT", registerCheck),
  route(`${CHECK}/deregister/`, "PUT", deregisterCheck),
  route(`${CHECK}/pass/`, "PUT", (context, request) => updateCheck(context, request, `${CHECK}/pass/`, "passing")),
  route(`${CHECK}/warn/`, "PUT", (context, request) => updateCheck(context, request, `${CHECK}/warn/`, "warning")),
  route(`${CHECK}/fail/`, "PUT", (context, request) => updateCheck(context, request, `${CHECK}/fail/`, "critical")),
  route(`${CHECK}/update/`, "PUT", putCheckUpdate),
  route("/v1/agent/health/service/id/", "GET", healthOfServiceId),
  route("/v1/agent/health/service/name/", "GET", healthOfServiceName),

  route("/v1/session/create", "PUT", sessionCreate),
  route("/v1/session/destroy/", "PUT", sessionDestroy),
  route("/v1/session/renew/", "PUT", sessionRenew),
  route("/v1/session/info/", "GET", sessionInfo),
  route("/v1/session/node/", "GET", sessionNode),
  route("/v1/session/list", "GET", sessionList),

  route("/v1/status/leader", "GET", statusLeader),
  route("/v1/status/peers", "GET", statusPeers),
]);

function route(path: string, methods: string, endpoint: Endpoint): [string, Route] {
  return [path, { methods: methods === "" ? [] : methods.split(" "), endpoint }];
}
