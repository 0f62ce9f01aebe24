import { fileURLToPath } from "node:url";
import { foreignProgram } from "@consulrpc/tools";
import type { RoundResult } from "../load/load.js";
import { type Contestant, PeerMissing } from "./case.js";
import { Child, CLIENT_CORE, SERVER_CORE } from "./child.js";

/** A server and a client of one make. */
export interface Pair {
  readonly server: readonly string[];
  readonly client: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface LoadArguments {
  readonly kind: "unary" | "stream" | "pingpong" | "echo" | "connections";
  readonly concurrency: number;
  readonly bytes?: number;
  /** Calls a second, open loop; closed loop when absent. */
  readonly rate?: number;
  readonly tls?: Tls;
}

const node = (path: string): string[] => [process.execPath, fileURLToPath(new URL(`../${path}`, import.meta.url))];

/** Who is compared, in the order of their turns. Each is told apart by its name on the line. */
export const pairs: Readonly<Record<string, () => Pair>> = {
  ours: () => ({ server: node("hello/server.js"), client: node("hello/client.js") }),
  "grpc-js": () => ({ server: node("peers/grpc-js/server.js"), client: node("peers/grpc-js/client.js") }),
  "grpc-go": () => {
    const program = foreignProgram("grpc-go-bench");
    if (program === undefined) throw new PeerMissing("npm run tools -- grpc-go-bench builds it (needs Go)");
    // One core a side is one thread a side.
    return { server: [program, "server"], client: [program, "client"], environment: { GOMAXPROCS: "1" } };
  },
};

export interface Running {
  readonly server: Child;
  readonly port: number;
}

export async function startServer(pair: Pair, tls: Tls | undefined): Promise<Running> {
  const flags = tls === undefined ? [] : ["--cert", tls.cert, "--key", tls.key];
  const server = new Child([...pair.server, ...flags], SERVER_CORE, pair.environment);
  const line = await server.line();
  const port = Number(/(\d+)$/.exec(line)?.[1]);
  if (!(port > 0)) throw new Error(`no port in the server's first line: ${line}`);
  return { server, port };
}

export function startClient(pair: Pair, port: number, load: LoadArguments): Child {
  const { kind, concurrency, bytes = 0, rate = 0, tls } = load;
  const flags = Object.entries({ target: `127.0.0.1:${port}`, kind, concurrency, bytes, rate }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  return new Child([...pair.client, ...flags, ...(tls === undefined ? [] : ["--ca", tls.cert])], CLIENT_CORE, pair.environment);
}

/** Server and client of one make under one load; `figure` makes the case's unit of a round. */
export async function pairUnderLoad(pair: Pair, load: LoadArguments, figure: (result: RoundResult) => number): Promise<Contestant> {
  const { server, port } = await startServer(pair, load.tls);
  const client = startClient(pair, port, load);
  return {
    round: async (durationMs) => figure(JSON.parse(await client.ask(String(durationMs))) as RoundResult),
    close: async () => {
      await client.stop();
      await server.stop();
    },
  };
}

/** Every pair under the same load. */
export function everyPair(load: LoadArguments, figure: (result: RoundResult) => number): Record<string, () => Promise<Contestant>> {
  return Object.fromEntries(Object.entries(pairs).map(([name, pair]) => [name, () => pairUnderLoad(pair(), load, figure)]));
}

export function perSecond({ count, seconds }: RoundResult): number {
  return count / seconds;
}
