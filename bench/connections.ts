import { readFileSync } from "node:fs";
import type { BenchCase, Contestant } from "./harness/case.js";
import type { Child } from "./harness/child.js";
import { serverUnderH2load } from "./harness/h2load.js";
import { type Pair, pairs, startClient, startServer } from "./harness/pairs.js";

const IDLE_CONNECTIONS = 2_000;
/** What the first connection brings with it (code, pools) is not the price of the others. */
const WARM_CONNECTIONS = 50;

/** What a connection costs that does nothing, and what many of them do to throughput. */
export function cases(): readonly BenchCase[] {
  return [
    idle("server", true),
    idle("client", true),
    ...[1, 10, 100, 1_000].map(
      (connections): BenchCase => ({
        name: `server under h2load, ${connections} connections`,
        unit: "calls/s",
        better: "higher",
        contestants: Object.fromEntries(
          Object.entries(pairs).map(([name, pair]) => [name, () => serverUnderH2load(pair(), { connections, streamsPerConnection: 10 })]),
        ),
      }),
    ),
  ];
}

function idle(side: "server" | "client", quick: boolean): BenchCase {
  return {
    name: `memory of an idle connection, ${side}`,
    unit: "KiB",
    better: "lower",
    quick,
    rounds: 1,
    bars: { "grpc-js": 0.6 },
    contestants: Object.fromEntries(
      Object.entries(pairs).map(([name, pair]) => [name, (): Contestant => ({ round: () => kibPerConnection(pair(), side) })]),
    ),
  };
}

/** Grows from a few connections to many, each of which has answered one call, and takes the growth of the resident set. */
async function kibPerConnection(pair: Pair, side: "server" | "client"): Promise<number> {
  const { server, port } = await startServer(pair, undefined);
  const clients: Child[] = [];
  const resident = async (connections: number): Promise<number> => {
    const client = startClient(pair, port, { kind: "connections", concurrency: connections });
    clients.push(client);
    await client.line();
    return residentKib(side === "server" ? server : client);
  };
  try {
    const few = await resident(WARM_CONNECTIONS);
    const many = await resident(IDLE_CONNECTIONS);
    // The server holds both clients' connections by now; each client holds its own.
    return (many - few) / (side === "server" ? IDLE_CONNECTIONS : IDLE_CONNECTIONS - WARM_CONNECTIONS);
  } finally {
    for (const client of clients) await client.stop();
    await server.stop();
  }
}

function residentKib(child: Child): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
}
