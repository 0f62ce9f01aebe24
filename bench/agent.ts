import { type Mode, put, type Server, servers } from "./agent/contestants.js";
import { lastTold, writesBeside } from "./agent/watchers.js";
import { PUT_SCRIPT, TXN_SCRIPT, underWrk } from "./agent/wrk.js";
import type { BenchCase, Contestant } from "./harness/case.js";

const CONNECTIONS = 64;
const WATCHERS = 5_000;

/** The embedded agent against Consul, both on disk, each server on one core and the client on the other. */
export function cases(): readonly BenchCase[] {
  return [
    rate("PUT c=64", 3, (server) => underWrk(server, "/", CONNECTIONS, PUT_SCRIPT)),
    rate("GET one key c=64", 1.5, async (server) => {
      await put(`${server.url}/v1/kv/bench`, "x".repeat(100));
      return underWrk(server, "/v1/kv/bench", CONNECTIONS);
    }),
    rate("health of 10 c=64", 2, async (server) => {
      for (let at = 0; at < 10; at++) await put(`${server.url}/v1/agent/service/register`, instance(at));
      return underWrk(server, "/v1/health/service/web", CONNECTIONS);
    }),
    { ...rate("txn of 64", 1.5, (server) => underWrk(server, "/v1/txn", CONNECTIONS, TXN_SCRIPT)), quick: false },
    {
      name: "watchers 5000 last told",
      unit: "ms",
      better: "lower",
      bars: { consul: 1 },
      contestants: everybody("disk", (server) => lastTold(server, WATCHERS)),
    },
    {
      name: "writes beside 5000 watchers of 5000 keys",
      unit: "writes/s",
      better: "higher",
      bars: { "ours without watchers": 0.8 },
      contestants: {
        ours: async () => writesBeside(await servers.ours!("disk"), WATCHERS),
        "ours without watchers": async () => writesBeside(await servers.ours!("disk"), 0),
        consul: async () => writesBeside(await servers.consul!("disk"), WATCHERS),
      },
    },
    start("dev start to first PUT", "dev", 1.5),
    start("disk start to first PUT", "disk", 0.1),
    memory("memory idle", 0.9, async () => {}),
    memory("memory after 50,000 keys of 1 KB", 0.6, fill),
  ];
}

function rate(name: string, bar: number, load: (server: Server) => Contestant | Promise<Contestant>): BenchCase {
  return { name, unit: "requests/s", better: "higher", quick: true, bars: { consul: bar }, contestants: everybody("disk", load) };
}

function everybody(mode: Mode, load: (server: Server) => Contestant | Promise<Contestant>): BenchCase["contestants"] {
  return Object.fromEntries(Object.entries(servers).map(([name, begin]) => [name, async () => load(await begin(mode))]));
}

/** One start of the process a round. */
function start(name: string, mode: Mode, bar: number): BenchCase {
  const contestant = (begin: (mode: Mode) => Promise<Server>): Contestant => ({
    round: async () => {
      const server = await begin(mode);
      await server.stop();
      return server.firstPutMs;
    },
  });
  const contestants = Object.fromEntries(Object.entries(servers).map(([peer, begin]) => [peer, () => contestant(begin)]));
  return { name, unit: "ms", better: "lower", bars: { consul: bar }, rounds: 3, contestants };
}

function memory(name: string, bar: number, load: (server: Server) => Promise<void>): BenchCase {
  const contestants = everybody("disk", async (server) => {
    await load(server);
    return { round: () => server.memoryMb(), close: () => server.stop() };
  });
  return { name, unit: "MB", better: "lower", bars: { consul: bar }, contestants };
}

const KEYS = 50_000;
const KEYS_AT_ONCE = 64;

async function fill(server: Server): Promise<void> {
  const value = "x".repeat(1024);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let key = next++; key < KEYS; key = next++) await put(`${server.url}/v1/kv/fill/${key}`, value);
  };
  await Promise.all(Array.from({ length: KEYS_AT_ONCE }, work));
}

function instance(at: number): string {
  return JSON.stringify({
    ID: `web-${at}`,
    Name: "web",
    Address: `10.0.0.${at}`,
    Port: 8000 + at,
    Tags: ["primary", "v1"],
    Meta: { version: "1" },
    Check: { TTL: "1h", Status: "passing" },
  });
}
