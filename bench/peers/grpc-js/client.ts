// The grpc-js peer's load client; flags and lines as in load/client-program.ts.
import { readFileSync } from "node:fs";
import * as grpc from "@grpc/grpc-js";
import { checkBytes, checkHello, checkStream, STREAM_MESSAGE_BYTES, STREAM_MESSAGES } from "../../load/answers.js";
import { clientProgram, type LoadOptions } from "../../load/client-program.js";
import type { Load } from "../../load/load.js";
import { BenchService, HelloService } from "./protos.js";

type Unary = (request: unknown, done: (error: Error | null, answer: unknown) => void) => void;

await clientProgram({
  load: (options) => loads(options),
  connectOnce: async (options) => {
    const client = new HelloService(options.target, credentials(options), { "grpc.use_local_subchannel_pool": 1 });
    checkHello(await promised(client, "SayHello", { name: "world" }));
    return client;
  },
});

function loads(options: LoadOptions): Load {
  const { target, kind, bytes } = options;
  const limits = { "grpc.max_receive_message_length": 16 * 2 ** 20 };
  const hello = new HelloService(target, credentials(options), limits);
  const bench = new BenchService(target, credentials(options), limits);
  const payload = { value: Buffer.alloc(bytes, "x") };
  switch (kind) {
    case "unary":
      return { call: () => promised(hello, "SayHello", { name: "world" }), check: checkHello };
    case "echo":
      return { call: () => promised(bench, "Echo", payload), check: (answer) => checkBytes(answer, bytes) };
    case "stream":
      return { call: () => received(bench), check: checkStream };
    case "pingpong":
      return pingPong(bench, payload);
    default:
      throw new RangeError(`no kind ${kind}`);
  }
}

function promised(client: grpc.Client, method: string, request: unknown): Promise<unknown> {
  const call = client[method as keyof grpc.Client] as unknown as Unary;
  return new Promise((resolve, reject) => {
    call.call(client, request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}

function received(client: grpc.Client): Promise<number> {
  const start = client["Stream" as keyof grpc.Client] as unknown as (request: unknown) => grpc.ClientReadableStream<{ value: Buffer }>;
  return new Promise((resolve, reject) => {
    let count = 0;
    const call = start.call(client, { value: STREAM_MESSAGES });
    call.on("data", ({ value }) => {
      if (value.length === STREAM_MESSAGE_BYTES) count++;
    });
    call.on("error", reject);
    call.on("end", () => resolve(count));
  });
}

function pingPong(client: grpc.Client, payload: { value: Buffer }): Load {
  const start = client["PingPong" as keyof grpc.Client] as unknown as () => grpc.ClientDuplexStream<unknown, unknown>;
  const streams: { call: grpc.ClientDuplexStream<unknown, unknown>; told: (answer: unknown) => void }[] = [];
  return {
    call: (worker) =>
      new Promise((resolve, reject) => {
        let stream = streams[worker];
        if (stream === undefined) {
          const opened = { call: start.call(client), told: resolve };
          opened.call.on("data", (answer) => opened.told(answer));
          opened.call.on("error", reject);
          streams[worker] = stream = opened;
        }
        stream.told = resolve;
        stream.call.write(payload);
      }),
    check: (answer) => checkBytes(answer, payload.value.length),
  };
}

function credentials({ ca }: LoadOptions): grpc.ChannelCredentials {
  return ca === undefined ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(readFileSync(ca));
}
