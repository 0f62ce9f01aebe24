/** /v1/agent/self */
import type { AgentContext } from "./context.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { json } from "./reply.js";

/** The version of Consul whose API this agent speaks; clients look at it to decide what they may ask for. */
export const CONSUL_VERSION = "1.21.0";

export function agentSelf(context: AgentContext, request: HttpRequest): HttpResponse {
  const { identity } = context;
  const revision = "";
  return json(request, context, {
    Config: {
      Datacenter: identity.datacenter,
      PrimaryDatacenter: identity.datacenter,
      NodeName: identity.nodeName,
      NodeID: identity.nodeId,
      Revision: revision,
      Server: true,
      Version: CONSUL_VERSION,
      BuildDate: "1970-01-01T00:00:01Z",
    },
    DebugConfig: {
      Bootstrap: true,
      Datacenter: identity.datacenter,
      NodeID: identity.nodeId,
      NodeName: identity.nodeName,
      ServerMode: true,
      SerfAdvertiseAddrLAN: `tcp://${identity.advertiseAddress}:${identity.serfPort}`,
      Version: CONSUL_VERSION,
    },
    Coord: { Vec: [0, 0, 0, 0, 0, 0, 0, 0], Error: 1.5, Adjustment: 0, Height: 0.00001 },
    Member: memberView(context),
    Stats: {
      agent: {
        check_monitors: "0",
        check_ttls: "0",
        checks: String(context.state.tables.localChecks.size),
        services: String(context.state.tables.localServices.size),
      },
      build: { prerelease: "", revision, version: CONSUL_VERSION, version_metadata: "" },
      consul: { acl: "disabled", bootstrap: "true", known_datacenters: "1", leader: "true", server: "true" },
      raft: { applied_index: String(context.state.index), last_log_index: String(context.state.index), num_peers: "0", state: "Leader" },
      runtime: { arch: process.arch, os: process.platform, version: process.version },
    },
    Meta: identity.nodeMeta,
  });
}

/** The agent as a member of its own cluster. */
export function memberView({ identity }: AgentContext): Record<string, unknown> {
  return {
    Name: identity.nodeName,
    Addr: identity.advertiseAddress,
    Port: identity.serfPort,
    Tags: {
      acls: "0",
      build: `${CONSUL_VERSION}:`,
      dc: identity.datacenter,
      ft_fs: "1",
      ft_si: "1",
      id: identity.nodeId,
      port: String(identity.serverPort),
      raft_vsn: "3",
      role: "consul",
      segment: "",
      vsn: "2",
      vsn_max: "3",
      vsn_min: "2",
      wan_join_port: String(identity.serfWanPort),
    },
    Status: 1,
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
}
