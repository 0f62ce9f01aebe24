import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Consul } from "@consulrpc/consul";
import { connect, serve } from "consulrpc";
import { servers } from "../agent/contestants.js";
import type { Contestant } from "../harness/case.js";
import { here, pause, Who } from "./who.js";

/** A round: so many services at once get a second instance. Their checks' first runs are spread over an interval. */
const SERVICES = 16;
const CALL_EVERY_MS = 2;
const UP_MS_MAX = 10_000;

/**
 * Milliseconds from the first run of a new instance's check, until which nobody may use it, to its first answer to a client
 * that is connected already. `share` of the services were as fast (0.99 of sixteen: all of them).
 */
export async function instancesUp(share: number): Promise<Contestant> {
  const registry = await servers.ours!("dev");
  const address = `127.0.0.1:${registry.port}`;
  const probes = await startProbes();
  // who serves and who calls have nothing in common
  const [serving, calling] = [new Consul({ address, environment: {} }), new Consul({ address, environment: {} })];
  let round = 0;

  const up = async (name: string): Promise<number> => {
    await using _first = await serve(name, new Who("first"), { ...here, consul: serving, check: false });
    await using client = connect<Who>(name, { consul: calling, lastGood: false });
    if ((await client.whoAmI()) !== "first") throw new Error(`${name}: somebody else answered`);
    const check = { kind: "http", url: `${probes.url}/${name}`, interval: "1s", initialStatus: "critical" } as const;
    await using _second = await serve(name, new Who("second"), { ...here, consul: serving, check });
    for (const deadline = performance.now() + UP_MS_MAX; performance.now() < deadline; await pause(CALL_EVERY_MS)) {
      if ((await client.whoAmI()) === "second") return performance.now() - probes.firstAtMs(name);
    }
    throw new Error(`${name}: the second instance was not called within ${UP_MS_MAX} ms`);
  };

  return {
    round: async () => {
      round++;
      const takenMs = await Promise.all(Array.from({ length: SERVICES }, (_, at) => up(`bench.Up${round}x${at}`)));
      return takenMs.sort((left, right) => left - right)[Math.ceil(share * SERVICES) - 1]!;
    },
    close: async () => {
      serving.close();
      calling.close();
      probes.close();
      await registry.stop();
    },
  };
}

interface Probes {
  readonly url: string;
  /** When the check of that name ran first. */
  firstAtMs(name: string): number;
  close(): void;
}

/** What the agent's checks ask: notes when each asked first. */
async function startProbes(): Promise<Probes> {
  const firstAtMs = new Map<string, number>();
  const server = http.createServer(({ url = "" }, response) => {
    const name = url.slice(1);
    if (!firstAtMs.has(name)) firstAtMs.set(name, performance.now());
    response.end("well");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    firstAtMs: (name) => {
      const atMs = firstAtMs.get(name);
      if (atMs === undefined) throw new Error(`${name} was called before its check ran`);
      return atMs;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
