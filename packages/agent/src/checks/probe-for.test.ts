import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { test } from "node:test";
import type { CheckDefinition } from "./check-definition.js";
import type { CheckOutcome } from "./check-runner.js";
import { probeFor } from "./probe-for.js";

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function run(
  definition: Omit<CheckDefinition, "serviceId">,
  signal: AbortSignal = AbortSignal.timeout(30_000),
): Promise<CheckOutcome> {
  const probe = await probeFor({ serviceId: "", intervalMs: 1_000, ...definition }, undefined);
  return probe(signal);
}

test("HTTP: 2xx passes, 429 warns, the rest is critical; method, headers and body are sent", async () => {
  const seen: string[] = [];
  const server = createHttpServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      seen.push(
        `${request.method} ${request.url} ${request.headers["user-agent"]} ${request.headers["x-a"]} ${request.headers.host} ${body}`,
      );
      if (request.url === "/moved") response.writeHead(302, { location: "/200" }).end();
      else response.writeHead(Number(request.url!.slice(1))).end("a".repeat(5_000));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ok = await run({ http: `${base}/200`, method: "POST", header: { "X-A": ["b"], Host: ["web.example"] }, body: "hi" });
  assert.deepEqual(ok, { status: "passing", output: `HTTP POST ${base}/200: 200 OK Output: ${"a".repeat(4_096)}` });
  assert.equal(seen[0], "POST /200 Consul Health Check b web.example hi");
  assert.equal((await run({ http: `${base}/204` })).status, "passing");
  assert.equal((await run({ http: `${base}/429` })).status, "warning");
  assert.equal((await run({ http: `${base}/503` })).status, "critical");
  assert.equal((await run({ http: `${base}/moved` })).status, "passing");
  assert.equal((await run({ http: `${base}/moved`, disableRedirects: true })).status, "critical");
  server.close();
  const port = await closedPort();
  const down = await run({ http: `http://127.0.0.1:${port}/` });
  assert.deepEqual(down, {
    status: "critical",
    output: `Get "http://127.0.0.1:${port}/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  });
});

test("HTTP: a server that never answers is given up when the signal fires", async () => {
  const server = createTcpServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const outcome = await run({ http: `http://127.0.0.1:${port}/` }, AbortSignal.timeout(50));
  assert.match(outcome.output, /Client\.Timeout exceeded/);
  assert.equal(outcome.status, "critical");
  server.close();
});

test("TCP: listening passes, refused is critical", async () => {
  const server = createTcpServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.deepEqual(await run({ tcp: address }), { status: "passing", output: `TCP connect ${address}: Success` });
  server.close();
  await once(server, "close");
  assert.deepEqual(await run({ tcp: address }), { status: "critical", output: `dial tcp ${address}: connect: connection refused` });
  assert.equal((await run({ tcp: "127.0.0.1" })).status, "critical");
  assert.match((await run({ tcp: "no-such-host.invalid:1" })).output, /no such host/);
});

test("UDP: silence passes, a refused port is critical", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const address = `127.0.0.1:${socket.address().port}`;
  assert.deepEqual(await run({ udp: address }, AbortSignal.timeout(100)), { status: "passing", output: `UDP connect ${address}: Success` });
  socket.close();
  await once(socket, "close");
  assert.equal((await run({ udp: address }, AbortSignal.timeout(5_000))).status, "critical");
});

test("gRPC and H2 ping: asks grpc.health.v1 for the service, and shows its answer", async () => {
  const asked: string[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server = createHttp2Server().listen(0, "127.0.0.1");
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const service = Buffer.concat(chunks).subarray(7).toString();
      asked.push(`${headers[":path"]} ${service}`);
      if (service === "none")
        return stream.respond({ ":status": 200, "grpc-status": "5", "grpc-message": "unknown%20service" }, { endStream: true });
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.of(0, 0, 0, 0, 2, 8, service === "down" ? 2 : 1));
    });
  });
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.deepEqual(await run({ grpc: address }), { status: "passing", output: `gRPC check ${address}: success` });
  assert.deepEqual(await run({ grpc: `${address}/down` }), {
    status: "critical",
    output: `gRPC ${address}/down serving status: NOT_SERVING`,
  });
  assert.deepEqual(await run({ grpc: `${address}/none` }), {
    status: "critical",
    output: "rpc error: code = NotFound desc = unknown service",
  });
  assert.deepEqual(asked, ["/grpc.health.v1.Health/Check ", "/grpc.health.v1.Health/Check down", "/grpc.health.v1.Health/Check none"]);
  assert.deepEqual(await run({ h2ping: address, h2pingUseTls: false }), { status: "passing", output: "HTTP2 ping was successful" });
  for (const session of sessions) session.destroy();
  server.close();
  await once(server, "close");
  assert.match((await run({ grpc: address })).output, /Unavailable .* connection refused/);
  assert.match((await run({ h2ping: address, h2pingUseTls: false })).output, /^Failed to dial to .* connection refused/);
});

test("a server that accepts but does not speak HTTP/2 is critical when the signal fires", async () => {
  const server = createTcpServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.match((await run({ grpc: address }, AbortSignal.timeout(100))).output, /DeadlineExceeded/);
  server.close();
});

test("scripts: 0 passes, 1 warns, 2 is critical; output is cut, a script that hangs is killed with its children", async () => {
  const script = (text: string, signal?: AbortSignal) => run({ scriptArgs: ["sh", "-c", text], timeoutMs: 100 }, signal);
  assert.deepEqual(await script("echo out; echo err >&2"), { status: "passing", output: "out\nerr\n" });
  assert.equal((await script("exit 1")).status, "warning");
  assert.equal((await script("exit 2")).status, "critical");
  const long = await script("head -c 5000 /dev/zero | tr '\\0' x");
  assert.equal(long.output, `Captured 4096 of 5000 bytes\n...\n${"x".repeat(4_096)}`);
  const hung = await script("echo begun; sleep 60 & sleep 60", AbortSignal.timeout(200));
  assert.deepEqual(hung, { status: "critical", output: "Timed out (0.1s) running check\n\nbegun\n" });
  assert.match((await run({ scriptArgs: ["/no/such/program"] })).output, /ENOENT/);
});
