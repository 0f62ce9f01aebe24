import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:http2";
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
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
import { selfSigned } from "./testing/certificate.js";

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

const { key, cert } = selfSigned();
const trusting = { ca: cert, host: "127.0.0.1" };

test("connectHttp2() and listenHttp2() exchange requests over TLS, and mutual TLS shows the peer's certificate", async () => {
  const subjects: unknown[] = [];
  const accept = (endpoint: Http2Endpoint): ConnectionListener => {
    subjects.push(endpoint.tls?.getPeerCertificate().subject.CN, endpoint.tls?.alpnProtocol);
    return echo(endpoint);
  };
  const listener = await listenHttp2({ host: "127.0.0.1", tls: { key, cert, ca: cert, requestCert: true } }, accept);
  const [small, large] = await call({ host: "127.0.0.1", port: listener.port, tls: { ...trusting, key, cert } }, [
    Buffer.alloc(0),
    Buffer.alloc(300_000, "x"),
  ]);
  assert.equal(small?.body, "hello");
  assert.equal(large?.body.length, 300_000);
  assert.deepEqual(subjects, ["localhost", "h2"]);
  await listener.close();
});

/** Runs `attack` against a TLS listener and returns what it said of the peer; a sound client is served afterwards. */
async function faultsOf(attack: (port: number) => Promise<unknown>): Promise<string[]> {
  const faults: string[] = [];
  let told!: () => void;
  const fault = new Promise<void>((resolve) => {
    told = resolve;
  });
  const onFault = (reason: string): void => {
    faults.push(reason);
    told();
  };
  await serving({ host: "127.0.0.1", tls: { key, cert }, onFault }, async (port) => {
    await attack(port);
    await fault;
    const [reply] = await call({ host: "127.0.0.1", port, tls: trusting }, [Buffer.alloc(0)]);
    assert.equal(reply?.body, "hello");
  });
  return faults;
}

/** Sends `bytes` in the clear and waits for the end. */
function sendRaw(port: number, bytes: string | Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket = connectTcp({ port, host: "127.0.0.1" }, () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(received)));
  });
}

test("listenHttp2() closes plaintext on a TLS port with one fault", async () => {
  const faults = await faultsOf((port) => sendRaw(port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  assert.equal(faults.length, 1);
  assert.match(faults[0] ?? "", /^TLS handshake failed: /);
});

test("listenHttp2() closes a TLS peer that offers no h2 with one fault", async () => {
  const faults = await faultsOf(
    (port) =>
      new Promise<void>((resolve) => {
        const socket = connectTls({ ...trusting, port });
        socket.on("error", () => {});
        socket.on("close", () => resolve());
      }),
  );
  assert.deepEqual(faults, ["the peer did not negotiate h2 by ALPN"]);
});

test("listenHttp2() answers TLS and HTTP/1 on a plaintext port with GOAWAY, says so once and closes", async () => {
  const reasons: string[] = [];
  const accept = (endpoint: Http2Endpoint): ConnectionListener => ({ ...echo(endpoint), onClose: (_code, reason) => reasons.push(reason) });
  const listener = await listenHttp2({ host: "127.0.0.1" }, accept);
  for (const bytes of [Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]), "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"]) {
    const answer = await sendRaw(listener.port, bytes);
    assert.ok(answer.includes(Buffer.from([7, 0, 0, 0, 0, 0])), "a GOAWAY");
  }
  assert.deepEqual(reasons, [
    "no HTTP/2 preface: a TLS handshake on a plaintext port",
    'no HTTP/2 preface: an HTTP/1 request ("GET / HTTP/1.1")',
  ]);
  await listener.close();
});

test("connectHttp2() rejects when nobody listens, when the server speaks no TLS, and when it knows no h2", async () => {
  const deaf = createTlsServer({ key, cert, ALPNProtocols: ["http/1.1"] });
  deaf.on("tlsClientError", () => {});
  const plain = createTcpServer((socket) =>
    socket
      .on("error", () => {})
      .resume()
      .end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  const ports: number[] = [];
  for (const server of [deaf, plain]) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  for (const port of ports) await assert.rejects(connectHttp2({ host: "127.0.0.1", port, tls: trusting }, echo));
  for (const server of [deaf, plain]) await new Promise((resolve) => server.close(resolve));
  await assert.rejects(connectHttp2({ host: "127.0.0.1", port: ports[0] as number }, echo), /ECONNREFUSED/);
});

test("connectHttp2() stops when its signal aborts", async () => {
  const silent = createTcpServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const abort = new AbortController();
  const sockets: { destroy(): void }[] = [];
  silent.on("connection", (socket) => {
    sockets.push(socket);
    abort.abort(new Error("enough"));
  });
  const { port } = silent.address() as AddressInfo;
  await assert.rejects(connectHttp2({ host: "127.0.0.1", port, tls: trusting, signal: abort.signal }, echo), /enough/);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

test("destroy() resets open streams and closes once", async () => {
  const heard: string[] = [];
  await serving({ host: "127.0.0.1" }, async (port) => {
    const endpoint = await connectHttp2({ host: "127.0.0.1", port }, () => ({
      onHeaders() {},
      onData() {},
      onTrailers() {},
      onDrain() {},
      onReset: (stream, code) => heard.push(`reset ${stream.id} ${code}`),
      onClose: (code, reason) => heard.push(`close ${code} ${reason}`),
    }));
    endpoint.connection.openStream(undefined, prepareHeaders([":method", "POST", ":scheme", "http", ":path", "/"]), undefined, false);
    endpoint.destroy("enough");
  });
  assert.deepEqual(heard, ["reset 1 10", "close 10 enough"]);
});

test("header lists and bodies survive the way to node:http2's server and back", async () => {
  const server = createServer();
  server.on("stream", (stream, headers) => {
    const { ":path": path, "x-text": text, "x-long": long } = headers;
    stream.respond(
      { ":status": 200, "x-path": path, "x-text": text, "x-length": String((long as string | undefined)?.length) },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-end": "yes" }));
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const replies = await call({ host: "127.0.0.1", port }, [Buffer.from("a"), Buffer.alloc(500_000, "b")]);
  assert.deepEqual(
    replies.map(({ status, body, trailer }) => [status, body.length, trailer]),
    [
      ["200", 1, "yes"],
      ["200", 500_000, "yes"],
    ],
  );
  await new Promise((resolve) => server.close(resolve));
});
