import assert from "node:assert/strict";
import { test } from "node:test";
import { type Channel, Code, createChannel, Metadata, RpcError } from "@consulrpc/grpc";
import * as grpc from "@grpc/grpc-js";
import { all, both, down, list, once, up } from "./contract.js";

/** Our channel calls grpc-js's server. */

const serialize = (value: string): Buffer => Buffer.from(value, "utf8");
const deserialize = (bytes: Buffer): string => bytes.toString("utf8");
const definition = (path: string, requestStream: boolean, responseStream: boolean): grpc.MethodDefinition<string, string> => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
});

async function startServer(): Promise<{ address: string; server: grpc.Server; cancelled: Promise<void> }> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 8_000_000 });
  let tellCancelled = (): void => {};
  const cancelled = new Promise<void>((resolve) => {
    tellCancelled = resolve;
  });
  server.addService(
    {
      Once: definition(once.path, false, false),
      Down: definition(down.path, false, true),
      Up: definition(up.path, true, false),
      Both: definition(both.path, true, true),
    },
    {
      Once: (call: grpc.ServerUnaryCall<string, string>, done: grpc.sendUnaryData<string>) => {
        const headers = new grpc.Metadata();
        for (const value of call.metadata.get("echo")) headers.add("echo", value);
        for (const value of call.metadata.get("echo-bin")) headers.add("echo-bin", value);
        call.sendMetadata(headers);
        call.on("cancelled", tellCancelled);
        if (call.request === "wait") return;
        if (call.request === "fail") done({ code: grpc.status.FAILED_PRECONDITION, details: "not now – später", metadata: headers });
        else done(null, call.request, headers);
      },
      Down: (call: grpc.ServerWritableStream<string, string>) => {
        call.on("cancelled", tellCancelled);
        for (let i = 1; i <= Number(call.request); i++) call.write(String(i));
        if (call.request !== "0") call.end();
      },
      Up: (call: grpc.ServerReadableStream<string, string>, done: grpc.sendUnaryData<string>) => {
        let whole = "";
        call.on("data", (part: string) => {
          whole += part;
        });
        call.on("end", () => done(null, whole));
      },
      Both: (call: grpc.ServerDuplexStream<string, string>) => {
        call.on("data", (part: string) => call.write(part.toUpperCase()));
        call.on("end", () => call.end());
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, server, cancelled };
}

function scenario(name: string, run: (channel: Channel, cancelled: Promise<void>) => Promise<void>, compression = "identity"): void {
  test(`grpc-js server: ${name}`, async () => {
    const { address, server, cancelled } = await startServer();
    try {
      await using channel = createChannel(address, { compression, messageBytesMax: 8_000_000 });
      await run(channel, cancelled);
    } finally {
      server.forceShutdown();
    }
  });
}

const isError = (code: Code) => (error: unknown) => error instanceof RpcError && error.code === code;

for (const compression of ["identity", "gzip", "deflate"]) {
  scenario(
    `four kinds with ${compression}`,
    async (channel) => {
      assert.equal(await channel.unary(once, "héllo"), "héllo");
      assert.equal((await all(channel.serverStreaming(down, "500"))).length, 500);
      assert.equal(await channel.clientStreaming(up, list("a", "b", "c")), "abc");
      assert.deepEqual(await all(channel.bidi(both, list("x", "y"))), ["X", "Y"]);
    },
    compression,
  );
}

scenario("large messages", async (channel) => {
  const large = "L".repeat(5_000_000);
  assert.equal(await channel.unary(once, large), large);
});

scenario("an error's code, message and trailers", async (channel) => {
  const error = await channel.unary(once, "fail", { metadata: new Metadata({ echo: "e" }) }).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof RpcError);
  assert.equal(error.code, Code.FAILED_PRECONDITION);
  assert.equal(error.rawMessage, "not now – später");
  assert.equal(error.metadata?.get("echo"), "e");
});

scenario("a missing method", async (channel) => {
  await assert.rejects(channel.unary({ ...once, path: "/test.Text/None" }, "x"), isError(Code.UNIMPLEMENTED));
});

scenario("a deadline", async (channel) => {
  await assert.rejects(channel.unary(once, "wait", { timeoutMs: 100 }), isError(Code.DEADLINE_EXCEEDED));
});

scenario("a cancelled call reaches the handler", async (channel, cancelled) => {
  const controller = new AbortController();
  const call = channel.unary(once, "wait", { signal: controller.signal, onHeaders: () => controller.abort() });
  await assert.rejects(call, isError(Code.CANCELLED));
  await cancelled;
});

scenario("leaving the loop cancels the call", async (channel, cancelled) => {
  for await (const _ of channel.serverStreaming(down, "100000")) break;
  await cancelled;
});

scenario("metadata both ways, binary too", async (channel) => {
  const seen: Metadata[] = [];
  const metadata = new Metadata({ echo: ["one", "two"], "echo-bin": new Uint8Array([0, 1, 255]) });
  await channel.unary(once, "m", { metadata, onHeaders: (h) => seen.push(h), onTrailers: (t) => seen.push(t) });
  assert.equal(seen.length, 2);
  for (const received of seen) {
    assert.equal(received.getAll("echo").join(", "), "one, two");
    assert.deepEqual(received.get("echo-bin"), new Uint8Array([0, 1, 255]));
  }
});
