import assert from "node:assert/strict";
import { test } from "node:test";
import { Http2Connection, linkInMemory, prepareHeaders } from "./index.js";

test("linkInMemory() carries requests, replies larger than a window, and the end", async () => {
  let finish!: (text: string) => void;
  const finished = new Promise<string>((resolve) => {
    finish = resolve;
  });
  let received = 0;
  const server = new Http2Connection({ role: "server" }, (connection) => ({
    onHeaders(stream) {
      connection.sendHeaders(stream, prepareHeaders([":status", "200"]), undefined, false);
      connection.sendData(stream, Buffer.alloc(3_000_000), false);
      connection.sendHeaders(stream, prepareHeaders(["grpc-status", "0"]), undefined, true);
    },
    onData() {},
    onTrailers() {},
    onReset() {},
    onDrain() {},
    onClose() {},
  }));
  const client = new Http2Connection({ role: "client" }, () => ({
    onHeaders() {},
    onData: (_stream, _bytes, start, end) => {
      received += end - start;
    },
    onTrailers: (_stream, block) => client.goaway(0, block.get("grpc-status")),
    onReset: (_stream, code) => finish(`reset with ${code}`),
    onDrain() {},
    onClose: (_code, reason) => finish(reason),
  }));
  linkInMemory(client, server, () => performance.now());
  client.openStream(undefined, prepareHeaders([":method", "GET", ":scheme", "http", ":path", "/"]), undefined, true);
  assert.equal(await finished, "drained");
  assert.equal(received, 3_000_000);
});
