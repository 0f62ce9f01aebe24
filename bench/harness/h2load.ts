import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { foreignProgram } from "@consulrpc/tools";
import { type Contestant, PeerMissing } from "./case.js";
import { CLIENT_CORE } from "./child.js";
import { type Pair, startServer } from "./pairs.js";

export interface H2load {
  readonly connections: number;
  readonly streamsPerConnection: number;
}

/** The gRPC message of HelloRequest{name: "world"}, and what HelloResponse{message: "Hello world"} takes with its prefix. */
const REQUEST = Buffer.from([0, 0, 0, 0, 7, 0x0a, 5, ...Buffer.from("world")]);
const RETRY_MS = 2_000;
const RESPONSE_BYTES = 5 + 2 + "Hello world".length;

/** A server alone, under a client that nobody of the compared wrote. */
export async function serverUnderH2load(pair: Pair, { connections, streamsPerConnection }: H2load): Promise<Contestant> {
  const h2load = foreignProgram("h2load");
  if (h2load === undefined) throw new PeerMissing("h2load is not on PATH: apt-get install nghttp2-client");
  const folder = mkdtempSync(join(tmpdir(), "h2load-"));
  const body = join(folder, "request");
  writeFileSync(body, REQUEST);
  const { server, port } = await startServer(pair, undefined);
  const fixed = ["-c", connections, "-m", streamsPerConnection, "-d", body, "-H", "content-type: application/grpc", "-H", "te: trailers"];
  return {
    round: async (durationMs) => {
      const load = (ms: number): Promise<string> => {
        const args = [...fixed, "-D", `${ms}ms`, `http://127.0.0.1:${port}/hello.HelloService/SayHello`];
        return run(h2load, args.map(String));
      };
      const output = await load(durationMs);
      // On a machine that others keep busy a short round may end before its first answer; a longer one then decides.
      if (/\b0 succeeded, 0 failed/.test(output)) return callsPerSecond(await load(RETRY_MS), RETRY_MS);
      return callsPerSecond(output, durationMs);
    },
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Reads h2load's summary. It knows no gRPC, so that an answer is judged by its bytes: an error's trailers bring none. */
export function callsPerSecond(output: string, durationMs: number): number {
  const succeeded = number(output, /(\d+) succeeded/);
  const failed = number(output, /(\d+) failed/);
  const dataBytes = number(output, /\((\d+)\) data/);
  // What was in flight when the time was over may have its data counted and its end not, never the other way round.
  if (succeeded === 0 || failed > 0 || dataBytes < succeeded * RESPONSE_BYTES) throw new Error(`answers were missing or wrong:\n${output}`);
  return (succeeded * 1000) / durationMs;
}

function number(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`h2load printed no ${pattern}:\n${output}`);
  return Number(found);
}

function run(h2load: string, args: readonly string[]): Promise<string> {
  const taskset = foreignProgram("taskset");
  const [program = "", ...rest] = taskset === undefined ? [h2load, ...args] : [taskset, "-c", String(CLIENT_CORE), h2load, ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(output) : reject(new Error(`h2load ended with ${code}:\n${output}`))));
  });
}
