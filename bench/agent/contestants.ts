import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { foreignProgram } from "@consulrpc/tools";
import { PeerMissing } from "../harness/case.js";
import { SERVER_CORE } from "../harness/child.js";

/** Consul on disk has a leader after five to ten seconds. */
const READY_MS_MAX = 30_000;
const POLL_MS = 5;

/** A server of Consul's API in a process of its own, held to one core. */
export interface Server {
  readonly url: string;
  readonly port: number;
  /** Milliseconds from starting the process to the first answered PUT. */
  readonly firstPutMs: number;
  /** Resident memory in megabytes. */
  memoryMb(): number;
  stop(): Promise<void>;
}

export type Mode = "dev" | "disk";

/** Which servers take part, by the names that the lines print. */
export const servers: Readonly<Record<string, (mode: Mode) => Promise<Server>>> = { ours, consul };

async function ours(mode: Mode): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), "bench-agent-"));
  const port = await freePort();
  const program = fileURLToPath(new URL("./server.js", import.meta.url));
  return start([process.execPath, program, mode, String(port), directory], port, directory, {});
}

async function consul(mode: Mode): Promise<Server> {
  const program = foreignProgram("consul");
  if (program === undefined) throw new PeerMissing("consul is not built: npm run tools -- consul (needs Go)");
  const directory = mkdtempSync(join(tmpdir(), "bench-consul-"));
  const [port, server, serf, wan] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const args = [
    "agent",
    ...(mode === "dev" ? ["-dev"] : ["-server", "-bootstrap-expect=1", `-data-dir=${directory}`]),
    "-bind=127.0.0.1",
    `-http-port=${port}`,
    `-server-port=${server}`,
    `-serf-lan-port=${serf}`,
    `-serf-wan-port=${wan}`,
    "-dns-port=-1",
    "-grpc-port=-1",
    "-grpc-tls-port=-1",
    "-log-level=err",
    "-node=bench",
    "-hcl=limits { http_max_conns_per_client = 10000 }",
  ];
  return start([program, ...args], port, directory, { GOMAXPROCS: "1" });
}

async function start(
  command: readonly string[],
  port: number,
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Server> {
  const taskset = foreignProgram("taskset");
  const [program = "", ...args] = taskset === undefined ? command : [taskset, "-c", String(SERVER_CORE), ...command];
  const url = `http://127.0.0.1:${port}`;
  const startedMs = performance.now();
  const child = spawn(program, args, { stdio: "ignore", env: { ...process.env, ...environment } });
  await firstPut(child, url);
  const firstPutMs = performance.now() - startedMs;
  return {
    url,
    port,
    firstPutMs,
    memoryMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024,
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function firstPut(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + READY_MS_MAX;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(" ")}: ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/v1/kv/first`, { method: "PUT", body: "1" }).catch(() => undefined);
    if (answer?.status === 200 && (await answer.text()).trim() === "true") return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${child.spawnargs.join(" ")}: no PUT was answered within ${READY_MS_MAX} ms`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

export async function put(url: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: "PUT", body });
  if (answer.status !== 200) throw new Error(`PUT ${url}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}
