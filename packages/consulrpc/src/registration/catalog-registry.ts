import { type CheckStatus, type Consul, openSession, type SessionLifetime } from "@consulrpc/consul";
import { agentRegistration, type Instance } from "./instance.js";
import type { Registry } from "./registry.js";

/** How often the catalog is asked whether it still knows the instance. */
const LOOK_INTERVAL_MS = 2_000;
const SESSION_TTL = "15s";
const MAINTENANCE_CHECK = "_service_maintenance:";

/**
 * Registers in the catalog, for platforms without a local agent. The instance gets a node of its own and a check of
 * Consul's type "session": it passes for as long as the session of that name is renewed, and is critical afterwards.
 * Nobody deregisters an instance that died: `DeregisterCriticalServiceAfter` is the agent's work, and there is none.
 */
export function catalogRegistry(consul: Consul): Registry {
  const sessions = new Map<string, SessionLifetime>();

  const register = async (instance: Instance, signal: AbortSignal): Promise<void> => {
    const { ID, Name, Port, Tags, Meta, Weights } = agentRegistration(instance);
    const node = nodeName(instance);
    await consul.catalog.register(
      {
        Node: node,
        Address: instance.address,
        NodeMeta: { "external-node": "true", "external-probe": "false" },
        Service: { ID: ID!, Service: Name, Address: instance.address, Port: Port!, Tags: Tags!, Meta: Meta!, Weights: Weights! },
        ...(instance.check === false ? {} : { Checks: [sessionCheck(instance, sessions.get(instance.id) !== undefined)] }),
      },
      { signal },
    );
    if (instance.check === false || sessions.get(instance.id)?.held === true) return;
    // made after the check: it is the session's creation that turns the check passing
    sessions.set(
      instance.id,
      await openSession(consul, { Name: node, Node: node, NodeChecks: [], TTL: SESSION_TTL, LockDelay: "0s", signal }),
    );
  };

  return {
    register,
    async knows(instance, signal) {
      if (instance.check !== false && sessions.get(instance.id)?.held !== true) return false;
      const services = (await consul.catalog.node(nodeName(instance), { signal }))?.Services ?? {};
      return instance.id in services;
    },
    untilSuspect: (_instance, signal) => consul.requester.clock.sleep(LOOK_INTERVAL_MS, signal, true),
    heartbeat: (_instance: Instance, _status: CheckStatus) => Promise.resolve(true),
    async maintenance(instance, reason) {
      const Node = nodeName(instance);
      const CheckID = `${MAINTENANCE_CHECK}${instance.id}`;
      if (reason === undefined) await consul.catalog.deregister({ Node, CheckID });
      else {
        const Check = {
          Node,
          CheckID,
          Name: "Service Maintenance Mode",
          Notes: reason,
          Status: "critical",
          ServiceID: instance.id,
        } as const;
        await consul.catalog.register({ Node, Address: instance.address, SkipNodeUpdate: true, Check });
      }
    },
    async deregister(instance) {
      await sessions.get(instance.id)?.close();
      sessions.delete(instance.id);
      await consul.catalog.deregister({ Node: nodeName(instance) });
    },
  };
}

function nodeName(instance: Instance): string {
  return instance.id.replace(/[^A-Za-z0-9._-]/g, "-");
}

function sessionCheck(instance: Instance, passing: boolean): Record<string, unknown> & { readonly CheckID: string } {
  return {
    CheckID: `service:${instance.id}`,
    Name: `session of ${instance.id}`,
    Status: passing ? "passing" : "critical",
    Type: "session",
    ServiceID: instance.id,
    Definition: { SessionName: nodeName(instance) },
  };
}
