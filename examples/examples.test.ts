import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Agent, startAgent } from "@consulrpc/agent";
import { Program } from "./program.js";

/** An example is a page that fits on a screen. */
const LINES_MAX = 40;

describe("examples", () => {
  let agent: Agent;
  before(async () => {
    agent = await startAgent();
  });
  after(() => agent.stop());

  /** What a program prints behind its first line, which names a port. */
  async function printed(file: string, args: readonly string[] = []): Promise<readonly string[]> {
    await using program = new Program(file, agent.address, args);
    return (await program.output()).slice(1);
  }

  it("hello-proto: a generated service is served, found and called, and leaves the registry on SIGTERM", async () => {
    await using server = new Program("hello-proto/server.js", agent.address);
    assert.match(await server.firstLine(), /^serving hello\.HelloService at .+:\d+$/);
    await using client = new Program("hello-proto/client.js", agent.address, ["Gambler"]);
    assert.deepEqual(await client.output(), ["Hello Gambler", "tick 1", "tick 2", "tick 3"]);
    assert.equal(await server.stop(), 0);
    const left = await (await fetch(`${agent.url}/v1/catalog/service/hello.HelloService`)).json();
    assert.deepEqual(left, []);
  });

  it("hello-class: a class is served and called by its type", async () => {
    await using server = new Program("hello-class/server.js", agent.address);
    assert.match(await server.firstLine(), /^serving example\.Echo at .+:\d+$/);
    await using client = new Program("hello-class/client.js", agent.address);
    assert.deepEqual(await client.output(), ["hi", "1", "2", "3", "10"]);
  });

  it("streaming: a ticker is left by its reader", async () => {
    const quotes = [100, 100.5, 101, 101.5].map((price) => `CRPC ${price.toFixed(2)} (a Date arrived)`);
    assert.deepEqual(await printed("streaming/ticker.js"), quotes);
  });

  it("streaming: a chat streams both ways", async () => {
    assert.deepEqual(await printed("streaming/chat.js"), ["Ada joined", "1. Ada: hello", "2. Ada: is anybody here?", "Ada left"]);
  });

  it("http-discovery: any HTTP server is registered and found", async () => {
    await using program = new Program("http-discovery/web.js", agent.address);
    assert.deepEqual(await program.output(), ["demo: Hello World!"]);
  });

  it("http-front: fastify joins the answers of two services", async () => {
    const [answer] = (await printed("http-front/front.js")).slice(-1);
    assert.equal(answer, '{"id":7,"email":"user7@example.com","orders":["order 7-1","order 7-2"]}');
  });

  it("tls: the handler sees whose certificate it was", async (test) => {
    const folder = mkdtempSync(join(tmpdir(), "example-tls-"));
    test.after(() => rmSync(folder, { recursive: true }));
    const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    execFileSync("openssl", ["req", "-x509", ...curve, "-days", "2", ...subject, "-keyout", key, "-out", certificate], { stdio: "ignore" });
    assert.deepEqual(await printed("tls/mutual.js", [certificate, certificate, key]), ["CN=localhost"]);
  });

  it("tokens: who has none is turned away", async () => {
    const [opened, refused] = await printed("tokens/tokens.js");
    assert.equal(opened, "the safe is open");
    assert.match(refused ?? "", /^\[unauthenticated\].*a valid token is needed/);
  });

  it("interceptors: one shape sees a call and its outcome", async () => {
    const [first, second, third] = await printed("interceptors/timing.js");
    assert.deepEqual([first, second].sort(), ["Hello Ada", "client /example.Greeter/greet ok"]);
    assert.match(third ?? "", /^client \/example\.Greeter\/greet \[/);
  });

  it(`are no longer than ${LINES_MAX} lines each`, () => {
    const root = fileURLToPath(new URL("..", import.meta.url));
    const programs = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !["dist", "gen", "node_modules", "proto", "demo"].includes(entry.name))
      .flatMap(({ name }) => readdirSync(join(root, name)).map((file) => join(root, name, file)));
    assert.ok(programs.length >= 12);
    for (const file of programs) {
      const lines = readFileSync(file, "utf8").trimEnd().split("\n").length;
      assert.ok(lines <= LINES_MAX, `${file} has ${lines} lines`);
    }
  });
});
