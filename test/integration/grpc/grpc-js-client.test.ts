import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, createServer, RpcError } from "@consulrpc/grpc";
import * as grpc from "@grpc/grpc-js";
import { binding, both, down, once, up } from "./contract.js";

/** grpc-js calls our server. */

const serialize = (value: string): Buffer => Buffer.from(value, "utf8");
const deserialize = (bytes: Buffer): string => bytes.toString("utf8");

type Run = (client: grpc.Client) => Promise<void>;

function scenario(name: string, run: Run, options: grpc.ClientOptions = {}): void {
  test(`grpc-js client: ${name}`, async () => {
    let cancelled = 0;
    await using server = createServer({ messageBytesMax: 8_000_000, log: () => {} });
    server.add(
      binding({
        Once: async (request, call) => {
          for (const name of ["echo", "echo-bin"]) {
            for (const value of call.metadata.getAll(name)) {
              call.responseHeaders.append(name, value);
              call.responseTrailers.append(name, value);
            }
          }
          if (request === "fail") throw new RpcError(Code.FAILED_PRECONDITION, "not now – später");
          if (request === "cancelled?") return String(cancelled);
          if (request === "wait") {
            await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
            cancelled++;
          }
          return request;
        },
        async *Down(request) {
          for (let i = 1; i <= Number(request); i++) yield String(i);
        },
        async Up(requests) {
          let whole = "";
          for await (const part of requests as AsyncIterable<string>) whole += part;
          return whole;
        },
        async *Both(requests) {
          for await (const part of requests as AsyncIterable<string>) yield part.toUpperCase();
        },
      }),
    );
    const { address } = await server.listen({ host: "127.0.0.1" });
    const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": 8_000_000,
      ...options,
    });
    try {
      await run(client);
    } finally {
      client.close();
    }
  });
}

function unary(
  client: grpc.Client,
  request: string,
  metadata = new grpc.Metadata(),
  options: grpc.CallOptions = {},
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(once.path, serialize, deserialize, request, metadata, options, (error, answer) =>
      error === null ? resolve(answer) : reject(error),
    );
  });
}

const kinds: Run = async (client) => {
  assert.equal(await unary(client, "héllo"), "héllo");
  const items: string[] = [];
  for await (const item of client.makeServerStreamRequest(down.path, serialize, deserialize, "500")) items.push(item as string);
  assert.equal(items.length, 500);
  const whole = await new Promise((resolve, reject) => {
    const call = client.makeClientStreamRequest(up.path, serialize, deserialize, (error, answer) =>
      error === null ? resolve(answer) : reject(error),
    );
    for (const part of ["a", "b", "c"]) call.write(part);
    call.end();
  });
  assert.equal(whole, "abc");
  const duplex = client.makeBidiStreamRequest(both.path, serialize, deserialize);
  const answers: string[] = [];
  duplex.write("x");
  for await (const answer of duplex) {
    answers.push(answer as string);
    if (answers.length < 3) duplex.write("y");
    else duplex.end();
  }
  assert.deepEqual(answers, ["X", "Y", "Y"]);
};

scenario("four kinds", kinds);
scenario("four kinds with gzip", kinds, { "grpc.default_compression_algorithm": 2 });
scenario("four kinds with deflate", kinds, { "grpc.default_compression_algorithm": 1 });

scenario("large messages", async (client) => {
  const large = "L".repeat(5_000_000);
  assert.equal(await unary(client, large), large);
});

scenario("an error's code and message", async (client) => {
  await assert.rejects(unary(client, "fail"), { code: grpc.status.FAILED_PRECONDITION, details: "not now – später" });
});

scenario("a missing method", async (client) => {
  const call = new Promise((resolve, reject) => {
    client.makeUnaryRequest("/test.Text/None", serialize, deserialize, "x", (error, answer) =>
      error === null ? resolve(answer) : reject(error),
    );
  });
  await assert.rejects(call, { code: grpc.status.UNIMPLEMENTED });
});

scenario("a deadline", async (client) => {
  await assert.rejects(unary(client, "wait", new grpc.Metadata(), { deadline: Date.now() + 100 }), { code: grpc.status.DEADLINE_EXCEEDED });
});

scenario("a cancelled call reaches the handler", async (client) => {
  const call = new Promise((resolve, reject) => {
    const running = client.makeUnaryRequest(once.path, serialize, deserialize, "wait", (error, answer) =>
      error === null ? resolve(answer) : reject(error),
    );
    setTimeout(() => running.cancel(), 50);
  });
  await assert.rejects(call, { code: grpc.status.CANCELLED });
  let seen = "0";
  for (let tries = 0; tries < 100 && seen === "0"; tries++) seen = (await unary(client, "cancelled?")) ?? "0";
  assert.equal(seen, "1");
});

scenario("metadata both ways, binary too", async (client) => {
  const metadata = new grpc.Metadata();
  metadata.add("echo", "one");
  metadata.add("echo", "two");
  metadata.add("echo-bin", Buffer.from([0, 1, 255]));
  const seen: grpc.Metadata[] = [];
  await new Promise<void>((resolve, reject) => {
    const call = client.makeUnaryRequest(once.path, serialize, deserialize, "m", metadata, (error) => error !== null && reject(error));
    call.on("metadata", (headers) => seen.push(headers));
    call.on("status", ({ metadata: trailers }) => {
      seen.push(trailers);
      resolve();
    });
  });
  for (const received of seen) {
    // grpc-js joins what came as two fields.
    assert.equal(received.get("echo").join(", "), "one, two");
    assert.deepEqual(received.get("echo-bin"), [Buffer.from([0, 1, 255])]);
  }
});
