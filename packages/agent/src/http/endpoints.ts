/** Every path the agent answers, as Consul registers them. */

import { aclDisabled } from "./acl.js";
import {
  agentChecks,
  deregisterCheck,
  healthOfServiceId,
  healthOfServiceName,
  putCheckUpdate,
  registerCheck,
  updateCheck,
} from "./agent-checks.js";
import { agentForceLeave, agentHost, agentJoin, agentLeave, agentMembers, agentReload, agentToken, agentVersion } from "./agent-misc.js";
import { agentSelf } from "./agent-self.js";
import { agentService, agentServices, deregisterService, registerService } from "./agent-services.js";
import { agentMetrics, agentMetricsStream, agentMonitor } from "./agent-streams.js";
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
import { configApply, configEndpoint } from "./config-entries.js";
import { caConfiguration, caRoots, leafCertificate } from "./connect.js";
import { coordinateDatacenters, coordinateNode, coordinateNodes, coordinateUpdate } from "./coordinates.js";
import { nothing } from "./empty-families.js";
import { eventFire, eventList } from "./events.js";
import { assignVirtualIps, gatewayServices, healthIngress } from "./gateways.js";
import { healthChecks, healthNode, healthService, healthState } from "./health.js";
import { connectAuthorize, intentionById, intentionCheck, intentionExact, intentionMatch, intentions } from "./intentions.js";
import { uiNode, uiNodes, uiServices } from "./internal-ui.js";
import { kvEndpoint } from "./kv.js";
import { nodeMaintenance, serviceMaintenance } from "./maintenance.js";
import {
  autopilotConfiguration,
  autopilotHealth,
  autopilotState,
  operatorKeyring,
  operatorUsage,
  raftConfiguration,
  raftPeer,
  raftTransferLeader,
} from "./operator.js";
import { pprof } from "./pprof.js";
import { queryGeneral, querySpecific } from "./queries.js";
import type { Endpoint, Route } from "./router.js";
import { sessionCreate, sessionDestroy, sessionInfo, sessionList, sessionNode, sessionRenew } from "./sessions.js";
import { snapshot } from "./snapshot.js";
import { statusLeader, statusPeers } from "./status.js";
import { txnEndpoint } from "./txn.js";
import { index, page } from "./web-page.js";

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

  route("/v1/txn", "PUT", txnEndpoint),
  route("/v1/event/fire/", "PUT", eventFire),
  route("/v1/event/list", "GET", eventList),
  route("/v1/query", "GET POST", queryGeneral),
  route("/v1/query/", "", querySpecific),
  route("/v1/coordinate/datacenters", "GET", coordinateDatacenters),
  route("/v1/coordinate/nodes", "GET", coordinateNodes),
  route("/v1/coordinate/node/", "GET", coordinateNode),
  route("/v1/coordinate/update", "PUT", coordinateUpdate),
  route("/v1/config", "PUT", configApply),
  route("/v1/config/", "GET DELETE", configEndpoint),

  route("/v1/agent/members", "GET", agentMembers),
  route("/v1/agent/version", "GET", agentVersion),
  route("/v1/agent/host", "GET", agentHost),
  route("/v1/agent/join/", "PUT", agentJoin),
  route("/v1/agent/leave", "PUT", agentLeave),
  route("/v1/agent/force-leave/", "PUT", agentForceLeave),
  route("/v1/agent/reload", "PUT", agentReload),
  route("/v1/agent/token/", "PUT", agentToken),
  route("/v1/agent/monitor", "GET", agentMonitor),
  route("/v1/agent/metrics", "GET", agentMetrics),
  route("/v1/agent/metrics/stream", "GET", agentMetricsStream),
  route("/v1/agent/connect/ca/roots", "GET", caRoots),
  route("/v1/agent/connect/ca/leaf/", "GET", leafCertificate),
  route("/v1/agent/connect/authorize", "POST", connectAuthorize),
  route("/v1/connect/intentions", "GET POST", intentions),
  route("/v1/connect/intentions/", "GET PUT DELETE", intentionById),
  route("/v1/connect/intentions/exact", "GET PUT DELETE", intentionExact),
  route("/v1/connect/intentions/match", "GET", intentionMatch),
  route("/v1/connect/intentions/check", "GET", intentionCheck),
  route("/v1/catalog/gateway-services/", "GET", gatewayServices),
  route("/v1/health/ingress/", "GET", healthIngress),
  route("/v1/internal/service-virtual-ip", "PUT", assignVirtualIps),
  route("/v1/connect/ca/roots", "GET", caRoots),
  route("/v1/connect/ca/configuration", "GET PUT", caConfiguration),

  route("/v1/operator/raft/configuration", "GET", raftConfiguration),
  route("/v1/operator/raft/transfer-leader", "POST", raftTransferLeader),
  route("/v1/operator/raft/peer", "DELETE", raftPeer),
  route("/v1/operator/keyring", "GET POST PUT DELETE", operatorKeyring),
  route("/v1/operator/usage", "GET", operatorUsage),
  route("/v1/operator/autopilot/configuration", "GET PUT", autopilotConfiguration),
  route("/v1/operator/autopilot/health", "GET", autopilotHealth),
  route("/v1/operator/autopilot/state", "GET", autopilotState),

  route("/v1/acl/bootstrap", "PUT", aclDisabled),
  route("/v1/acl/login", "POST", aclDisabled),
  route("/v1/acl/logout", "POST", aclDisabled),
  route("/v1/acl/replication", "GET", aclDisabled),
  ...["policy", "role", "token"].flatMap((kind) => [
    route(`/v1/acl/${kind === "policy" ? "policies" : `${kind}s`}`, "GET", aclDisabled),
    route(`/v1/acl/${kind}`, "PUT", aclDisabled),
    route(`/v1/acl/${kind}/`, "GET PUT DELETE", aclDisabled),
  ]),
  route("/v1/acl/policy/name/", "GET", aclDisabled),
  route("/v1/acl/role/name/", "GET", aclDisabled),
  route("/v1/acl/token/self", "GET", aclDisabled),
  ...["binding-rule", "auth-method"].flatMap((kind) => [
    route(`/v1/acl/${kind}s`, "GET", aclDisabled),
    route(`/v1/acl/${kind}`, "PUT", aclDisabled),
    route(`/v1/acl/${kind}/`, "GET PUT DELETE", aclDisabled),
  ]),
  route("/v1/acl/templated-policies", "GET", aclDisabled),
  route("/v1/acl/templated-policy/name/", "GET", aclDisabled),
  route("/v1/acl/templated-policy/preview/", "POST", aclDisabled),
  route("/v1/internal/acl/authorize", "POST", aclDisabled),

  route("/v1/peerings", "GET", nothing),
  route("/v1/exported-services", "GET", nothing),
  route("/v1/internal/federation-states", "GET", nothing),
  route("/v1/internal/ui/nodes", "GET", uiNodes),
  route("/v1/internal/ui/node/", "GET", uiNode),
  route("/v1/internal/ui/services", "GET", uiServices),

  route("/debug/pprof/", "", pprof),
  route("/", "", index),
  route("/ui/", "", page),

  route("/v1/snapshot", "GET PUT", snapshot),

  route("/v1/status/leader", "GET", statusLeader),
  route("/v1/status/peers", "GET", statusPeers),
]);

function route(path: string, methods: string, endpoint: Endpoint): [string, Route] {
  return [path, { methods: methods === "" ? [] : methods.split(" "), endpoint }];
}
