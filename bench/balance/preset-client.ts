// What the default preset costs: `preset-client preset|bare PORT`; a line "MILLISECONDS" for each round, answered with calls a second.
import { createInterface } from "node:readline";
import { clientPreset, createChannel, createClient } from "@consulrpc/grpc";
import { HelloService } from "../hello/gen/hello_pb.js";

const CONCURRENCY = 64;
const [kind, port] = process.argv.slice(2);
const channel = createChannel(`static://127.0.0.1:${port}`, kind === "preset" ? clientPreset() : {});
const client = createClient(HelloService, channel);

async function worker(endMs: number): Promise<number> {
  let answered = 0;
  while (performance.now() < endMs) {
    const { message } = await client.sayHello({ name: "world" });
    if (message !== "Hello world") throw new Error(`wrong answer ${message}`);
    answered++;
  }
  return answered;
}

for await (const line of createInterface({ input: process.stdin })) {
  const startedMs = performance.now();
  const counts = await Promise.all(Array.from({ length: CONCURRENCY }, () => worker(startedMs + Number(line))));
  const seconds = (performance.now() - startedMs) / 1_000;
  console.log(String(counts.reduce((sum, count) => sum + count, 0) / seconds));
}
