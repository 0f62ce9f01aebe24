import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  type ConnectionListener,
  type ConnectOptions,
  connectHttp2,
  type Http2Endpoint,
  Http2ErrorCode,
  type ListenOptions,
  listenHttp2,
  prepareHeaders,
} from "./index.js";

const ok = prepareHeaders([":status", "200", "content-type", "text/plain"]);
const trailers = prepareHeaders(["x-end", "yes"]);

/** Answers every request with its own body, or "hello" without one, and trailers. */
function echo({ connection }: Http2Endpoint): ConnectionListener {
  return {
    onHeaders(stream, _block, endStream) {
      connection.sendHeaders(stream, ok, undefined, false);
      if (!endStream) return;
      connection.sendData(stream, Buffer.from("hello"), false);
      connection.sendHeaders(stream, trailers, undefined, true);
    },
    onData(stream, bytes, start, end, endStream) {
      connection.sendData(stream, Buffer.from(bytes.subarray(start, end)), false);
      if (endStream) connection.sendHeaders(stream, trailers, undefined, true);
    },
    onTrailers() {},
    onReset() {},
    onDrain() {},
    onClose() {},
  };
}

interface Reply {
  status: string | undefined;
  body: string;
  trailer: string | undefined;
}

async function call(options: ConnectOptions, bodies: readonly Buffer[]): Promise<Reply[]> {
  const replies: Reply[] = bodies.map(() => ({ status: undefined, body: "", trailer: undefined }));
  let closed!: () => void;
  const done = new Promise<void>((resolve) => {
    closed = resolve;
  });
  let left = bodies.length;
  const endpoint = await connectHttp2(options, () => ({
    onHeaders: (stream, block) => {
      (stream.owner as Reply).status = block.get(":status");
    },
    onData: (stream, bytes, start, end) => {
      (stream.owner as Reply).body += bytes.toString("latin1", start, end);
    },
    onTrailers: (stream, block) => {
      (stream.owner as Reply).trailer = block.get("x-end");
      if (--left === 0) queueMicrotask(() => endpoint.connection.goaway(Http2ErrorCode.NO_ERROR));
    },
    onReset: (_stream, code) => assert.fail(`reset with ${code}`),
    onDrain() {},
    onClose: () => closed(),
  }));
  const request = prepareHeaders([":method", "POST", ":scheme", "http", ":path", "/", ":authority", "localhost"]);
  for (const [at, body] of bodies.entries()) {
    const stream = endpoint.connection.openStream(replies[at], request, undefined, body.length === 0);
    assert.ok(stream !== undefined);
    if (body.length > 0) endpoint.connection.sendData(stream, body, true);
  }
  await done;
  return replies;
}

async function serving<T>(options: ListenOptions, use: (port: number) => Promise<T>): Promise<T> {
  const listener = await listenHttp2(options, echo);
  try {
    return await use(listener.port);
  } finally {
    for (const endpoint of listener.endpoints) endpoint.destroy();
    await listener.close();
  }
}

test("connectHttp2() and listenHttp2() exchange requests over TCP", async () => {
  const bodies = ["", "a", "b".repeat(200_000), "c".repeat(1 << 20)].map((text) => Buffer.from(text));
  const replies = await serving({ host: "127.0.0.1" }, (port) => call({ host: "127.0.0.1", port }, bodies));
  assert.deepEqual(
    replies.map((reply) => [reply.status, reply.body.length, reply.body[0], reply.trailer]),
    [
      ["200", 5, "h", "yes"],
      ["200", 1, "a", "yes"],
      ["200", 200_000, "b", "yes"],
      ["200", 1 << 20, "c", "yes"],
    ],
  );
});

test("connectHttp2() and listenHttp2() exchange requests over a unix socket", async () => {
  const directory = mkdtempSync(join(tmpdir(), "http2-"));
  const path = join(directory, "socket");
  try {
    const [reply] = await serving({ path }, () => call({ path }, [Buffer.alloc(0)]));
    assert.deepEqual(reply, { status: "200", body: "hello", trailer: "yes" });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("listenHttp2() serves node:http2's client", async () => {
  await serving({ host: "127.0.0.1" }, async (port) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.end("x".repeat(300_000));
    let length = 0;
    for await (const chunk of stream) length += (chunk as Buffer).length;
    assert.equal(length, 300_000);
    session.close();
  });
});
