import { bindClass, classClient, clientPreset, createChannel, createServer, RpcError, type Server } from "@consulrpc/grpc";
import type { RunLong } from "../suite.js";

const MEMBERS = 5;
const CONCURRENCY = 16;
const DURATION_MS = 600_000;
/** The flapping member is up for so long, and then down. */
const HALF_PERIOD_MS = 500;
const HEAP_GROWTH_BYTES_MAX = 32 * 2 ** 20;

class Echo {
  echo(text: string): string {
    return text;
  }
}

/**
 * `npm run long -- flapping [SECONDS]`: one member of five is killed and started
 * again every second while calls run, with the default preset: no call may fail,
 * and memory stays flat.
 */
export const run: RunLong = async ([seconds]) => {
  const durationMs = seconds === undefined ? DURATION_MS : Number(seconds) * 1_000;
  const servers = await Promise.all(Array.from({ length: MEMBERS }, () => start(0)));
  const target = `static://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  const channel = createChannel(target, clientPreset());
  const client = classClient<Echo>(channel, "flapping.Echo");
  const endMs = performance.now() + durationMs;
  const counts = { answered: 0, failed: 0, flaps: 0 };
  const errors = new Map<string, number>();
  try {
    await client.echo("first");
    const flapping = flap(servers[0] as Running, endMs, counts);
    const heapAtFirst = await settledHeap();
    await Promise.all(Array.from({ length: CONCURRENCY }, () => callUntil(client, endMs, counts, errors)));
    const growth = (await settledHeap()) - heapAtFirst;
    await flapping;
    console.log(
      `${counts.answered} calls answered, ${counts.failed} failed, ${counts.flaps} flaps, heap ${(growth / 2 ** 20).toFixed(1)} MiB more`,
    );
    for (const [message, count] of errors) console.log(`  ${count} x ${message}`);
    if (counts.failed > 0) throw new Error(`${counts.failed} calls failed`);
    if (counts.flaps < durationMs / 4_000) throw new Error(`only ${counts.flaps} flaps: the fault did not happen`);
    if (growth > HEAP_GROWTH_BYTES_MAX) throw new Error(`the heap grew by ${growth} bytes`);
  } finally {
    await channel.close();
    await Promise.all(servers.map(({ current }) => current.close()));
  }
};

interface Running {
  current: Server;
  readonly port: number;
}

async function start(port: number): Promise<Running> {
  const server = createServer();
  server.add(bindClass("flapping.Echo", new Echo()));
  const address = await server.listen({ host: "127.0.0.1", port });
  return { current: server, port: address.port };
}

async function flap(running: Running, endMs: number, counts: { flaps: number }): Promise<void> {
  while (performance.now() < endMs) {
    await pause(HALF_PERIOD_MS);
    await running.current.close();
    await pause(HALF_PERIOD_MS);
    running.current = (await start(running.port)).current;
    counts.flaps++;
  }
}

async function callUntil(
  client: ReturnType<typeof classClient<Echo>>,
  endMs: number,
  counts: { answered: number; failed: number },
  errors: Map<string, number>,
): Promise<void> {
  for (let at = 0; performance.now() < endMs; at++) {
    try {
      if ((await client.echo(`text ${at}`)) !== `text ${at}`) throw new RpcError(13, "a wrong answer");
      counts.answered++;
    } catch (thrown) {
      counts.failed++;
      const message = String(thrown);
      errors.set(message, (errors.get(message) ?? 0) + 1);
    }
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** After garbage collection where node allows it. */
async function settledHeap(): Promise<number> {
  await pause(100);
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
