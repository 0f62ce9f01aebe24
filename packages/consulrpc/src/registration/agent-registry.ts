import { type CheckStatus, type Consul, watch } from "@consulrpc/consul";
import { agentRegistration, type Instance } from "./instance.js";
import type { Registry } from "./registry.js";

/** Registers at the agent, which runs the checks and reports to the catalog. */
export function agentRegistry(consul: Consul): Registry {
  return {
    async register(instance, signal) {
      await consul.agent.registerService(agentRegistration(instance), { signal, replaceExistingChecks: true });
    },
    async knows({ id }, signal) {
      return (await consul.agent.service(id, { signal })) !== undefined;
    },
    async untilSuspect({ id }, signal) {
      // one blocking query tells of a deregistration by hand, and of an agent that came back with nothing
      for await (const service of watch(consul.agent.service, id, { signal, background: true })) {
        if (service === undefined) return;
      }
    },
    heartbeat({ id }: Instance, status: CheckStatus, output: string) {
      return consul.agent.updateTtl(`service:${id}`, status, output);
    },
    async maintenance({ id }, reason) {
      await consul.agent.serviceMaintenance(id, reason !== undefined, reason);
    },
    async deregister({ id }) {
      await consul.agent.deregisterService(id, { timeoutMs: DEREGISTER_MS_MAX });
    },
  };
}

/** A process that ends does not wait longer for a Consul that is not there. */
export const DEREGISTER_MS_MAX = 3_000;
