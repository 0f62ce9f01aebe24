import { CONSUL_VERSION } from "./http/agent-self.js";
import { EMPTY_PROXY } from "./http/catalog-schema.js";
import type { AgentIdentity } from "./http/context.js";
import type { RegisterRequest } from "./state/command.js";

/** The agent's own node with its service and check, as a Consul server registers itself. */
export function selfRegistration(identity: AgentIdentity): RegisterRequest {
  const address = identity.advertiseAddress;
  return {
    ID: identity.nodeId,
    Node: identity.nodeName,
    Address: address,
    Datacenter: identity.datacenter,
    TaggedAddresses: { lan: address, lan_ipv4: address, wan: address, wan_ipv4: address },
    NodeMeta: identity.nodeMeta,
    Service: {
      ID: "consul",
      Service: "consul",
      Tags: null,
      Address: "",
      Meta: {
        non_voter: "false",
        raft_version: "3",
        read_replica: "false",
        serf_protocol_current: "2",
        serf_protocol_max: "5",
        serf_protocol_min: "1",
        version: CONSUL_VERSION,
      },
      Port: identity.serverPort,
      Weights: { Passing: 1, Warning: 1 },
      EnableTagOverride: false,
      Proxy: EMPTY_PROXY,
      Connect: {},
      CreateIndex: 0,
      ModifyIndex: 0,
    },
    Checks: [
      {
        Node: identity.nodeName,
        CheckID: "serfHealth",
        Name: "Serf Health Status",
        Status: "passing",
        Notes: "",
        Output: "Agent alive and reachable",
        ServiceID: "",
        ServiceName: "",
        ServiceTags: null,
        Type: "",
        Interval: "",
        Timeout: "",
        ExposedPort: 0,
        Definition: {},
        CreateIndex: 0,
        ModifyIndex: 0,
      },
    ],
    SkipNodeUpdate: false,
  };
}
