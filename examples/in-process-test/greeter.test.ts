// Testing a service without a port, a socket or a registry: the same calls, headers, limits and errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bindProtobuf, createClient, createInProcessChannel, createServer } from "@consulrpc/grpc";
import { HelloService } from "../gen/hello_pb.js";

test("sayHello greets by name", async () => {
  await using server = createServer();
  server.add(
    bindProtobuf(HelloService, {
      async sayHello({ name }) {
        return { message: `Hello ${name}` };
      },
    }),
  );
  await using channel = createInProcessChannel(server);
  const hello = createClient(HelloService, channel);

  assert.equal((await hello.sayHello({ name: "world" })).message, "Hello world");
  await assert.rejects(async () => {
    for await (const _ of hello.watch({ topic: "nothing serves this" })) assert.fail("no message was sent");
  }, /\[unimplemented\]/);
});
