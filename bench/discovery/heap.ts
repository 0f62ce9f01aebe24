import { fileURLToPath } from "node:url";
import { Consul, type TxnOp } from "@consulrpc/consul";
import { servers } from "../agent/contestants.js";
import type { Contestant } from "../harness/case.js";
import { Child, CLIENT_CORE } from "../harness/child.js";

const PROGRAM = fileURLToPath(new URL("./heap-process.js", import.meta.url));
const SERVICES = 1_000;
const NODES = 10;
/** Consul takes 128 operations at once, and each service is two. */
const SERVICES_AT_ONCE = 50;

/** What one watch costs beyond the entries it holds, in KB, in a process that watches 1,000 services of ten instances each. */
export async function heapPerWatch(): Promise<Contestant> {
  const registry = await servers.ours!("dev");
  const address = `127.0.0.1:${registry.port}`;
  await using consul = new Consul({ address, environment: {} });
  for (let node = 0; node < NODES; node++) await fill(consul, `n${node}`);
  return {
    round: async () => {
      const watcher = new Child([process.execPath, "--expose-gc", PROGRAM, address, String(SERVICES), String(NODES)], CLIENT_CORE);
      try {
        return Number(await watcher.line());
      } finally {
        await watcher.stop();
      }
    },
    close: () => registry.stop(),
  };
}

/** One instance of every service, on one node. */
async function fill(consul: Consul, node: string): Promise<void> {
  await consul.catalog.register({ Node: node, Address: "10.0.0.1" });
  for (let from = 0; from < SERVICES; from += SERVICES_AT_ONCE) {
    const ops = Array.from({ length: SERVICES_AT_ONCE }, (_, at) => instance(node, `s${from + at}`)).flat();
    if (!(await consul.txn.run(ops)).committed) throw new Error(`${node} was not filled`);
  }
}

function instance(node: string, service: string): TxnOp[] {
  const check = { Node: node, CheckID: `c-${service}`, Name: "check", Status: "passing", ServiceID: service } as const;
  return [
    { Service: { Verb: "set", Node: node, Service: { ID: service, Service: service, Port: 1_000 } } },
    { Check: { Verb: "set", Check: check } },
  ];
}
