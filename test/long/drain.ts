import assert from "node:assert/strict";
import { type Channel, createChannel, createServer, type Server } from "@consulrpc/grpc";
import { binding, once } from "../integration/grpc/contract.js";
import type { RunLong } from "../suite.js";

const DRAINS = 1_000;
const WORKERS = 8;
/** Calls that must be answered between two drains, so that each drain meets traffic. */
const CALLS_BETWEEN = 50;

interface Place {
  server: Server;
  readonly address: string;
}

/** `npm run long -- drain [COUNT]`: two servers take turns in draining and coming back, under steady calls with retries off: no call may fail. */
export const run: RunLong = async ([count]) => {
  const drains = Number(count ?? DRAINS);
  const places: readonly [Place, Place] = [await start(0), await start(0)];
  await using channel = createChannel(`static://${places[0].address},${places[1].address}`, { backoff: { initialMs: 10, maxMs: 20 } });
  await channel.ready();
  const load = new SteadyLoad(channel);
  for (let drain = 0; drain < drains; drain++) {
    const place = places[drain % 2] as Place;
    await place.server.drain({ graceMs: 10_000 });
    place.server = (await start(Number(place.address.split(":")[1]))).server;
    // The other one goes next, so this one must be in use again.
    await load.servedBy(place.address, CALLS_BETWEEN);
  }
  await load.stop();
  for (const { server } of places) await server.close();
  console.log(`${drains} drains, ${load.answered} calls answered, ${load.failures.length} failed`);
  assert.deepEqual(load.failures, []);
};

async function start(port: number): Promise<Place> {
  const server = createServer();
  let address = "";
  server.add(binding({ Once: async (request) => `${request} ${address}` }));
  ({ address } = await server.listen({ host: "127.0.0.1", port }));
  return { server, address };
}

class SteadyLoad {
  answered = 0;
  readonly failures: unknown[] = [];
  private readonly byServer = new Map<string, number>();
  private running = true;
  private readonly workers: Promise<unknown>;
  private readonly channel: Channel;

  constructor(channel: Channel) {
    this.channel = channel;
    this.workers = Promise.all(Array.from({ length: WORKERS }, () => this.work()));
  }

  /** Resolves when `count` further calls have been answered by the server at `address`. */
  async servedBy(address: string, count: number): Promise<void> {
    const goal = (this.byServer.get(address) ?? 0) + count;
    while ((this.byServer.get(address) ?? 0) < goal) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.workers;
  }

  private async work(): Promise<void> {
    while (this.running) {
      try {
        const [word, address = ""] = String(await this.channel.unary(once, "hello")).split(" ");
        assert.equal(word, "hello");
        this.answered++;
        this.byServer.set(address, (this.byServer.get(address) ?? 0) + 1);
      } catch (error) {
        this.failures.push(error);
      }
    }
  }
}
