/** Our agent and a real Consul, both empty, of the same name. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "@consulrpc/agent";
import { requireForeignProgram } from "@consulrpc/tools";
import { createSide, type Side } from "./side.js";

export interface Pair {
  readonly ours: Side;
  readonly real: Side;
  close(): Promise<void>;
}

export const NODE = "twin";
const NODE_ID = "11111111-2222-3333-4444-555555555555";
const READY_MS_MAX = 60_000;

export async function startPair(): Promise<Pair> {
  const [http, dns, lan, wan, server] = await freePorts(5);
  const ours = await startOurs(server!, lan!);
  const real = await startReal({ http: http!, dns: dns!, lan: lan!, wan: wan!, server: server! });
  return {
    ours,
    real,
    async close() {
      await Promise.all([ours.close(), real.close()]);
    },
  };
}

async function startOurs(serverPort: number, serfPort: number): Promise<Side> {
  const agent = await startAgent({ nodeName: NODE, nodeId: NODE_ID, pretty: true, serverPort, serfPort });
  return createSide("ours", agent.address, () => agent.stop());
}

async function startReal(ports: { http: number; dns: number; lan: number; wan: number; server: number }): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), "twin-"));
  const flags = [`-http-port=${ports.http}`, `-dns-port=${ports.dns}`, `-serf-lan-port=${ports.lan}`, `-serf-wan-port=${ports.wan}`];
  const args = ["agent", "-dev", "-bind=127.0.0.1", "-log-level=error", `-node=${NODE}`, `-node-id=${NODE_ID}`, ...flags];
  // Its streaming cache answers health queries with indexes of its own making, which no client may rely on.
  const plain = ["-hcl=use_streaming_backend = false", "-grpc-port=-1", "-grpc-tls-port=-1"];
  const child = spawn(requireForeignProgram("consul"), [...args, `-server-port=${ports.server}`, ...plain], {
    stdio: "ignore",
    cwd: folder,
  });
  const side = createSide("real", `127.0.0.1:${ports.http}`, async () => {
    if (child.exitCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  });
  for (const startedAtMs = Date.now(); ; ) {
    const health = await side.send("GET", `/v1/health/service/consul`).catch(() => undefined);
    if (health?.status === 200 && health.body.includes("serfHealth")) return side;
    if (child.exitCode !== null || Date.now() - startedAtMs > READY_MS_MAX) {
      await side.close();
      throw new Error(`the real Consul is not ready (exit code ${child.exitCode})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
