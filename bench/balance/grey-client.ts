// Calls ten servers in a closed loop: `grey-client KIND PORT...`, KIND being "ours" (the default preset), "plain" (ours with round robin alone) or "grpc-js".
// A line "MILLISECONDS" for each round, answered with {"p99Ms": N, "success": N}.
import { createInterface } from "node:readline";
import { clientPreset, createChannel, createClient, roundRobin } from "@consulrpc/grpc";
import * as grpc from "@grpc/grpc-js";
import { HelloService } from "../hello/gen/hello_pb.js";
import { HelloService as GrpcJsHello } from "../peers/grpc-js/protos.js";

/** Few enough that neither core is busy: what is measured is waiting, not computing. */
const CONCURRENCY = 8;
const TIMEOUT_MS = 500;
const [kind = "ours", ...ports] = process.argv.slice(2);
const addresses = ports.map((port) => `127.0.0.1:${port}`).join(",");

type SayHello = () => Promise<{ readonly message: string }>;

function ours(): SayHello {
  const channel = createChannel(`static://${addresses}`, kind === "plain" ? { balance: roundRobin() } : clientPreset());
  const client = createClient(HelloService, channel);
  return () => client.sayHello({ name: "world" }, { timeoutMs: TIMEOUT_MS });
}

function grpcJs(): SayHello {
  const config = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });
  const client = new GrpcJsHello(`ipv4:${addresses}`, grpc.credentials.createInsecure(), { "grpc.service_config": config });
  type Unary = (
    request: { name: string },
    options: { deadline: number },
    done: (error: Error | null, answer: { message: string }) => void,
  ) => void;
  const sayHello = (client["SayHello" as keyof typeof client] as unknown as Unary).bind(client);
  return () =>
    new Promise((resolve, reject) => {
      sayHello({ name: "world" }, { deadline: Date.now() + TIMEOUT_MS }, (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
}

const call = kind === "grpc-js" ? grpcJs() : ours();

async function load(durationMs: number): Promise<{ p99Ms: number; success: number }> {
  const latencies: number[] = [];
  let succeeded = 0;
  const endMs = performance.now() + durationMs;
  const worker = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const startedMs = performance.now();
      const ok = await call().then(
        ({ message }) => message === "Hello world",
        () => false,
      );
      if (ok) succeeded++;
      latencies.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  latencies.sort((one, other) => one - other);
  return { p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN, success: succeeded / latencies.length };
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await load(Number(line))));
