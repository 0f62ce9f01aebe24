/** One agent on disk under everything at once: watchers, keys, services with TTL checks, sessions, one client that reads nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgentProcess } from "../agent-crash/agent-process.js";
import { ApiClient, forEach, residentMiB } from "./api-client.js";

export interface LoadSizes {
  readonly watchers: number;
  readonly keys: number;
  readonly services: number;
  readonly sessions: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly gets: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  readonly residentMiB: number;
  readonly told: number;
  /** What was not as it has to be. */
  readonly faults: readonly string[];
}

const VALUE = Buffer.alloc(1024, "v").toString("base64");
const OPERATIONS_PER_TRANSACTION = 64;
const CONNECTIONS = 16;
const SESSION_RENEW_MS = 5_000;
const CHECK_PASS_MS = 15_000;
const WRITE_MS = 20;
/** The limit that stalled clients are dropped at, twice the sweep's pause, and some for a loaded machine. */
export const SLOW_READER_SECONDS = 45;

export async function runLoad(sizes: LoadSizes, print: (line: string) => void): Promise<LoadResult> {
  const directory = await mkdtemp(join(tmpdir(), "agent-load-"));
  const agent = await startAgentProcess(directory);
  const client = new ApiClient(agent.address, CONNECTIONS);
  const reader = new ApiClient(agent.address, 1);
  const sockets: Socket[] = [];
  try {
    const sessions = await fill(client, sizes);
    await client.ask("PUT", "/v1/kv/last", "");
    const index = (await client.ask("GET", "/v1/kv/last")).headers["x-consul-index"];
    print(`filled; ${await residentMiB(agent.process.pid)} MiB resident`);
    const told = new Set<number>();
    await forEach(sizes.watchers, 64, async (at) => {
      sockets.push(await watch(agent.address, `/v1/kv/watched/${at}?index=${index}&wait=10m`, () => told.add(at)));
    });
    const slow = sizes.seconds > SLOW_READER_SECONDS ? await readNothing(agent.address, "/v1/kv/load/?recurse") : undefined;
    print(`${sizes.watchers} watchers wait; ${await residentMiB(agent.process.pid)} MiB resident`);
    const { latencies, written } = await work(client, reader, sizes, sessions);
    const faults: string[] = [];
    await inspect(client, sizes, sessions, faults);
    for (const at of written) if (!told.has(at)) faults.push(`watcher ${at} was not told`);
    for (const at of told) if (!written.has(at)) faults.push(`watcher ${at} was told of nothing`);
    if (slow !== undefined && !(await wasDropped(slow))) faults.push(`a client that reads nothing was kept for ${sizes.seconds} s`);
    const sorted = latencies.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    const resident = await residentMiB(agent.process.pid);
    return { gets: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1), residentMiB: resident, told: told.size, faults };
  } finally {
    for (const socket of sockets) socket.destroy();
    client.close();
    reader.close();
    await agent.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Returns the sessions' ids. */
async function fill(client: ApiClient, sizes: LoadSizes): Promise<readonly string[]> {
  await forEach(Math.ceil(sizes.keys / OPERATIONS_PER_TRANSACTION), CONNECTIONS, (batch) => {
    const first = batch * OPERATIONS_PER_TRANSACTION;
    const length = Math.min(OPERATIONS_PER_TRANSACTION, sizes.keys - first);
    const operations = Array.from({ length }, (_, i) => ({ KV: { Verb: "set", Key: `load/${first + i}`, Value: VALUE } }));
    return client.ask("PUT", "/v1/txn", operations);
  });
  await forEach(sizes.services, CONNECTIONS, (at) =>
    client.ask("PUT", "/v1/agent/service/register", {
      ID: `s${at}`,
      Name: `s${at % 500}`,
      Port: 80,
      Check: { TTL: "60s", Status: "passing" },
    }),
  );
  const sessions: string[] = [];
  await forEach(sizes.sessions, CONNECTIONS, async () => {
    const { body } = await client.ask("PUT", "/v1/session/create", { TTL: "10s" });
    sessions.push((JSON.parse(body) as { ID: string }).ID);
  });
  return sessions;
}

function open(address: string): Promise<Socket> {
  const colon = address.lastIndexOf(":");
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    socket.once("error", reject);
    socket.once("connect", () => resolve(socket));
  });
}

async function watch(address: string, path: string, told: () => void): Promise<Socket> {
  const socket = await open(address);
  socket.once("data", told);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: load\r\n\r\n`);
  return socket;
}

async function readNothing(address: string, path: string): Promise<Socket> {
  const socket = await open(address);
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: load\r\n\r\n`);
  return socket;
}

/** What lay in the systems' buffers comes, and then the end, before the answer is whole. */
async function wasDropped(socket: Socket): Promise<boolean> {
  let received = 0;
  let announced = Number.POSITIVE_INFINITY;
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (part: Buffer) => {
      if (received === 0) announced = Number(/Content-Length: (\d+)/i.exec(part.toString("latin1"))?.[1]);
      received += part.length;
      if (received >= announced) resolve();
    });
    socket.once("close", resolve);
    socket.once("error", () => resolve());
  });
  socket.resume();
  await Promise.race([ended, sleep(10_000)]);
  socket.destroy();
  return received < announced;
}

/** Sessions are renewed, checks pass, watched keys are written, each spread over its period, while one client reads. */
async function work(
  client: ApiClient,
  reader: ApiClient,
  sizes: LoadSizes,
  sessions: readonly string[],
): Promise<{ readonly latencies: number[]; readonly written: ReadonlySet<number> }> {
  const endMs = performance.now() + sizes.seconds * 1000;
  const written = new Set<number>();
  const latencies: number[] = [];
  const read = async (): Promise<void> => {
    for (let at = 0; performance.now() < endMs; at = (at + 7919) % sizes.keys) {
      const startMs = performance.now();
      await reader.ask("GET", `/v1/kv/load/${at}`);
      latencies.push(performance.now() - startMs);
      await sleep(1);
    }
  };
  await Promise.all([
    read(),
    evenly(endMs, SESSION_RENEW_MS, sessions.length, (at) => client.ask("PUT", `/v1/session/renew/${sessions[at]}`)),
    evenly(endMs, CHECK_PASS_MS, sizes.services, (at) => client.ask("PUT", `/v1/agent/check/pass/service:s${at}`)),
    evenly(endMs, WRITE_MS * sizes.watchers, sizes.watchers, (at) => {
      written.add(at);
      return client.ask("PUT", `/v1/kv/watched/${at}`, "told");
    }),
  ]);
  return { latencies, written };
}

/** Does the work for each of `count` in turn, `count` in a period, until the end. */
async function evenly(endMs: number, periodMs: number, count: number, task: (at: number) => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  for (let done = 0; count > 0 && performance.now() < endMs; ) {
    const due = Math.floor(((performance.now() - startMs) / periodMs) * count);
    if (done < due) {
      const first = done;
      done = due;
      await forEach(due - first, CONNECTIONS, (i) => task((first + i) % count));
    } else await sleep(5);
  }
}

async function inspect(client: ApiClient, sizes: LoadSizes, sessions: readonly string[], faults: string[]): Promise<void> {
  const list = JSON.parse((await client.ask("GET", "/v1/session/list")).body) as { ID: string }[];
  if (list.length !== sessions.length) faults.push(`${list.length} of ${sessions.length} sessions live`);
  const names = JSON.parse((await client.ask("GET", "/v1/kv/load/?keys")).body) as string[];
  if (names.length !== sizes.keys) faults.push(`${names.length} of ${sizes.keys} keys`);
  const checks = JSON.parse((await client.ask("GET", "/v1/health/state/passing")).body) as { ServiceID: string }[];
  const passing = checks.filter(({ ServiceID }) => ServiceID !== "").length;
  if (passing !== sizes.services) faults.push(`${passing} of ${sizes.services} checks pass`);
}
