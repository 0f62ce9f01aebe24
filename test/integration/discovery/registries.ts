import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "@consulrpc/agent";
import { Consul } from "@consulrpc/consul";
import { requireForeignProgram, skipWithout } from "@consulrpc/tools";

/** A Consul of either make, as tests use it. */
export interface RunningRegistry extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** As kill -9 where that is possible; the address is free afterwards. */
  kill(): Promise<void>;
}

export interface RegistrySetup {
  readonly name: string;
  readonly skip: string | false;
  /** An empty one, with a leader; at `port` when given. */
  start(port?: number): Promise<RunningRegistry>;
}

/** One suite, two set-ups. */
export const registries: readonly RegistrySetup[] = [
  { name: "embedded agent", skip: false, start: startEmbedded },
  { name: "Consul", skip: skipWithout("consul"), start: startConsul },
];

async function startEmbedded(port = 0): Promise<RunningRegistry> {
  const { address, ports, stop } = await startAgent({ httpPort: port });
  return { address, port: ports.http, kill: stop, [Symbol.asyncDispose]: stop };
}

const READY_MS_MAX = 30_000;

/** Somebody may take a port between finding and using it. */
const STARTS_MAX = 3;

async function startConsul(port?: number): Promise<RunningRegistry> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startConsulOnce(port);
    } catch (error) {
      if (attempt === STARTS_MAX) throw error;
    }
  }
}

async function startConsulOnce(port: number | undefined): Promise<RunningRegistry> {
  const [dns, lan, wan, rpc, free = 0] = await freePorts(5);
  const http = port ?? free;
  const folder = mkdtempSync(join(tmpdir(), "consul-"));
  const flags = {
    "http-port": http,
    "dns-port": dns,
    "serf-lan-port": lan,
    "serf-wan-port": wan,
    "server-port": rpc,
    "grpc-port": -1,
    "grpc-tls-port": -1,
  };
  const ports = Object.entries(flags).map(([flag, value]) => `-${flag}=${value}`);
  const args = ["agent", "-dev", "-bind=127.0.0.1", "-client=127.0.0.1", "-log-level=error", ...ports];
  const child = spawn(requireForeignProgram("consul"), args, { stdio: "ignore", cwd: folder });
  const kill = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const address = `127.0.0.1:${http}`;
  try {
    await untilReady(address, child);
  } catch (error) {
    await kill();
    throw error;
  }
  return { address, port: http, kill, [Symbol.asyncDispose]: kill };
}

/** There is a leader, and writes are taken. */
async function untilReady(address: string, child: ChildProcess): Promise<void> {
  const consul = new Consul({ address, environment: {} });
  const startedAtMs = performance.now();
  for (;;) {
    try {
      if ((await consul.status.leader({ timeoutMs: 1_000 })) !== "" && (await consul.kv.put("ready", "1", { timeoutMs: 1_000 }))) break;
    } catch (error) {
      if (child.exitCode !== null || performance.now() - startedAtMs > READY_MS_MAX) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  consul.close();
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]!;
}

/** All held at once, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => server.listening || once(server, "listening")));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** Waits for what has no event of its own; throws with `what` when it does not come. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 15_000,
): Promise<T> {
  const startedAtMs = performance.now();
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      last = error;
    }
    if (performance.now() - startedAtMs > withinMs) throw new Error(`${what}: not within ${withinMs} ms`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
