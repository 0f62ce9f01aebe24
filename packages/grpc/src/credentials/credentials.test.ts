import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { createChannel } from "../channel/create-channel.js";
import type { ChannelOptions } from "../channel/options.js";
import { classMethod } from "../contract/class-contract.js";
import type { Handler } from "../server/handler.js";
import type { ServerOptions } from "../server/options.js";
import { createServer, type Server } from "../server/server.js";
import { oauth2ClientCredentials } from "./oauth2.js";
import type { TlsMaterial } from "./tls.js";
import { tlsFiles } from "./tls-files.js";
import { basicAuth, bearerToken } from "./token.js";

let folder = "";
const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });

before(() => {
  folder = mkdtempSync(join(tmpdir(), "consulrpc-tls-"));
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...ec, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test roots", "-days", "2");
  for (const name of ["server", "renewed", "client"]) {
    writeFileSync(join(folder, "names"), `subjectAltName=DNS:${name === "client" ? "client" : "localhost"},IP:127.0.0.1`);
    openssl("req", ...ec, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}/O=Example`);
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.crt",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-out",
      `${name}.crt`,
      "-days",
      "2",
      "-extfile",
      "names",
    );
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string): Buffer => readFileSync(join(folder, name));
const material = (name: string): TlsMaterial => ({ key: read(`${name}.key`), certificate: read(`${name}.crt`), roots: read("ca.crt") });
const roots = (): TlsMaterial => ({ roots: read("ca.crt") });

const ask = classMethod("test.Secure", "ask", "unary");

async function serving(handler: Handler, options: ServerOptions = {}): Promise<{ server: Server; address: string; logged: string[] }> {
  const logged: string[] = [];
  const server = createServer({ log: (line) => logged.push(line), ...options });
  server.add({ contract: { name: "test.Secure", methods: [ask] }, handlers: new Map([["ask", handler]]) });
  const { address } = await server.listen({ host: "127.0.0.1" });
  return { server, address, logged };
}

async function call(address: string, options: ChannelOptions): Promise<unknown> {
  await using channel = createChannel(address, options);
  return await channel.unary(ask, 1, { timeoutMs: 10_000 });
}

const isError = (code: Code, message?: RegExp) => (error: unknown) =>
  error instanceof RpcError && error.code === code && (message === undefined || message.test(error.message));

test("TLS: calls are answered, and a server that the roots do not vouch for is refused", async () => {
  const { server, address } = await serving((request) => request, { tls: { source: material("server") } });
  assert.equal(await call(address, { tls: { source: roots() } }), 1);
  assert.equal(await call(address, { tls: { source: roots(), serverName: "localhost" } }), 1);
  await assert.rejects(call(address, { tls: {} }), isError(Code.UNAVAILABLE, /certificate/));
  await assert.rejects(
    call(address, { tls: { source: roots(), serverName: "elsewhere" } }),
    isError(Code.UNAVAILABLE, /altnames|does not match/),
  );
  await server.close();
});

test("mTLS: the handler sees who calls, and who shows nothing is turned away", async () => {
  const { server, address } = await serving(
    (_request, { peerIdentity }) => [peerIdentity?.subject, peerIdentity?.alternativeNames, peerIdentity?.authorized],
    {
      tls: { source: material("server"), clientCertificates: "require" },
    },
  );
  assert.deepEqual(await call(address, { tls: { source: material("client") } }), [
    "CN=client,O=Example",
    ["DNS:client", "IP Address:127.0.0.1"],
    true,
  ]);
  await assert.rejects(call(address, { tls: { source: roots() } }), isError(Code.UNAVAILABLE));
  await server.close();
});

test("certificates are renewed while the server runs, and a half-written pair leaves the old one", async () => {
  const files = { key: join(folder, "live.key"), certificate: join(folder, "live.crt") };
  copyFileSync(join(folder, "server.key"), files.key);
  copyFileSync(join(folder, "server.crt"), files.certificate);
  const { server, address, logged } = await serving((request) => request, { tls: { source: tlsFiles({ ...files, intervalMs: 20 }) } });
  const shown = async (): Promise<string> => {
    const { connect } = await import("node:tls");
    return new Promise((resolve, reject) => {
      const socket = connect({ port: Number(address.split(":")[1]), host: "127.0.0.1", ca: read("ca.crt"), ALPNProtocols: ["h2"] }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.on("error", reject);
    });
  };
  assert.equal(await shown(), "server");
  copyFileSync(join(folder, "renewed.crt"), files.certificate);
  while (!logged.some((line) => line.includes("new certificates cannot be used"))) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await shown(), "server");
  copyFileSync(join(folder, "renewed.key"), files.key);
  while ((await shown()) !== "renewed") await new Promise((resolve) => setTimeout(resolve, 10));
  await server.close();
});

test("plaintext to the TLS port, and TLS to the plaintext port: a clean error, one line, and the server goes on", async () => {
  const secure = await serving((request) => request, { tls: { source: material("server") } });
  await assert.rejects(call(secure.address, { backoff: { connectTimeoutMs: 3_000 } }), isError(Code.UNAVAILABLE));
  while (secure.logged.length === 0) await new Promise(setImmediate);
  assert.equal(secure.logged.length, 1, secure.logged.join("\n"));
  assert.equal(await call(secure.address, { tls: { source: roots() } }), 1);
  await secure.server.close();
  const plain = await serving((request) => request);
  await assert.rejects(call(plain.address, { tls: { source: roots() } }), isError(Code.UNAVAILABLE));
  while (plain.logged.length === 0) await new Promise(setImmediate);
  assert.equal(plain.logged.length, 1, plain.logged.join("\n"));
  assert.equal(await call(plain.address, {}), 1);
  await plain.server.close();
});

test("garbage on the port is answered with a closed connection, and every other call keeps running", async () => {
  const { server, address } = await serving((request) => request);
  await using channel = createChannel(address);
  assert.equal(await channel.unary(ask, 1), 1);
  for (const garbage of [
    Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n"),
    Buffer.alloc(5_000, 0xff),
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x09"),
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connectTcp(Number(address.split(":")[1]), "127.0.0.1", () => socket.end(garbage));
      socket.on("error", () => {});
      socket.resume().on("close", () => resolve());
    });
    assert.equal(await channel.unary(ask, 2), 2);
  }
  await server.close();
});

test("credentials travel over TLS, and over plaintext only when allowed", async () => {
  const echo: Handler = (_request, { metadata }) => metadata.get("authorization");
  const secure = await serving(echo, { tls: { source: material("server") } });
  const plain = await serving(echo);
  const credentials = basicAuth("user", "pass:word");
  const expected = `Basic ${Buffer.from("user:pass:word").toString("base64")}`;
  assert.equal(await call(secure.address, { tls: { source: roots() }, credentials }), expected);
  await assert.rejects(call(plain.address, { credentials }), isError(Code.UNAUTHENTICATED, /not sent over plaintext/));
  assert.equal(await call(plain.address, { credentials, allowPlaintextCredentials: true }), expected);
  await secure.server.close();
  await plain.server.close();
});

test("one refresh serves all waiting calls, and an old token serves while the next is fetched", async () => {
  const { server, address } = await serving((_request, { metadata }) => metadata.get("authorization"));
  let fetched = 0;
  let nowMs = 0;
  const credentials = bearerToken(
    async () => {
      await new Promise(setImmediate);
      return { value: `t${++fetched}`, expiresInMs: 100_000 };
    },
    { refreshBeforeMs: 20_000, clock: { nowMs: () => nowMs, after: () => () => {} } },
  );
  await using channel = createChannel(address, { credentials, allowPlaintextCredentials: true });
  const answers = await Promise.all(Array.from({ length: 50 }, () => channel.unary(ask, 1)));
  assert.deepEqual(new Set(answers), new Set(["Bearer t1"]));
  assert.equal(fetched, 1);
  nowMs = 90_000;
  assert.equal(await channel.unary(ask, 1), "Bearer t1");
  while (fetched < 2) await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(await channel.unary(ask, 1), "Bearer t2");
  await server.close();
});

test("a token that cannot be had fails the call with UNAUTHENTICATED", async () => {
  const { server, address } = await serving((request) => request);
  const credentials = bearerToken(() => Promise.reject(new Error("the vault is shut")));
  await assert.rejects(call(address, { credentials, allowPlaintextCredentials: true }), isError(Code.UNAUTHENTICATED, /the vault is shut/));
  await server.close();
});

test("OAuth2 client credentials fetch a token, and say why there is none", async () => {
  const asked: string[] = [];
  const issuer = createHttpServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      asked.push(`${request.headers.authorization} ${body}`);
      const refused = body.includes("scope=no");
      response.writeHead(refused ? 400 : 200, { "content-type": "application/json" });
      response.end(refused ? '{"error":"invalid_scope"}' : '{"access_token":"abc","token_type":"Bearer","expires_in":3600}');
    });
  });
  await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
  const tokenUrl = `http://127.0.0.1:${(issuer.address() as { port: number }).port}/token`;
  const { server, address } = await serving((_request, { metadata }) => metadata.get("authorization"));
  const options = { tokenUrl, clientId: "me", clientSecret: "s e", scopes: ["read"] };
  assert.equal(await call(address, { credentials: oauth2ClientCredentials(options), allowPlaintextCredentials: true }), "Bearer abc");
  assert.equal(asked[0], `Basic ${Buffer.from("me:s+e").toString("base64")} grant_type=client_credentials&scope=read`);
  const refused = oauth2ClientCredentials({ ...options, scopes: ["no"] });
  await assert.rejects(
    call(address, { credentials: refused, allowPlaintextCredentials: true }),
    isError(Code.UNAUTHENTICATED, /HTTP 400.*invalid_scope/),
  );
  await server.close();
  issuer.close();
});

test("calls go through the HTTP proxy that the environment names", async () => {
  const { server, address } = await serving((request) => request);
  const tunnels: string[] = [];
  const proxy = createHttpServer();
  proxy.on("connect", (request, socket, head) => {
    tunnels.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    const inner = connectTcp(Number(address.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      inner.write(head);
      inner.pipe(socket).pipe(inner);
    });
    inner.on("error", () => socket.destroy());
    socket.on("error", () => inner.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const before = process.env.grpc_proxy;
  process.env.grpc_proxy = `http://me:secret@127.0.0.1:${(proxy.address() as { port: number }).port}`;
  try {
    assert.equal(await call("somewhere.example:443", {}), 1);
  } finally {
    if (before === undefined) delete process.env.grpc_proxy;
    else process.env.grpc_proxy = before;
  }
  assert.deepEqual(tunnels, [`somewhere.example:443 Basic ${Buffer.from("me:secret").toString("base64")}`]);
  await server.close();
  proxy.closeAllConnections();
  proxy.close();
});
