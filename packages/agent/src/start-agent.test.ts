import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FakeClock } from "./clock/fake-clock.js";
import { Query } from "./http/query.js";
import { startAgent } from "./start-agent.js";

async function put(url: string, body?: unknown): Promise<Response> {
  return fetch(url, { method: "PUT", body: typeof body === "string" ? body : JSON.stringify(body ?? null) });
}

test("startAgent() serves a key that was put", async () => {
  await using agent = await startAgent();
  assert.equal(await (await put(`${agent.url}/v1/kv/mykey`, "myvalue")).text(), "true");
  const answer = await fetch(`${agent.url}/v1/kv/mykey`);
  const [entry] = (await answer.json()) as { Key: string; Value: string; ModifyIndex: number }[];
  assert.equal(Buffer.from(entry!.Value, "base64").toString(), "myvalue");
  assert.equal(answer.headers.get("x-consul-index"), String(entry!.ModifyIndex));
  assert.equal((await fetch(`${agent.url}/v1/kv/absent`)).status, 404);
});

test("a blocking query returns when its key changes, not when another does", async () => {
  await using agent = await startAgent();
  await put(`${agent.url}/v1/kv/a`, "1");
  const index = (await fetch(`${agent.url}/v1/kv/a`)).headers.get("x-consul-index");
  let told = false;
  const waiting = fetch(`${agent.url}/v1/kv/a?raw&index=${index}`).then((answer) => {
    told = true;
    return answer.text();
  });
  await put(`${agent.url}/v1/kv/b`, "other");
  await fetch(`${agent.url}/v1/kv/b`);
  assert.equal(told, false);
  await put(`${agent.url}/v1/kv/a`, "2");
  assert.equal(await waiting, "2");
});

test("a blocking query whose time is up says the index from before the wait", async () => {
  const clock = new FakeClock();
  await using agent = await startAgent({ clock });
  await put(`${agent.url}/v1/kv/a`, "1");
  const index = (await fetch(`${agent.url}/v1/kv/absent`)).headers.get("x-consul-index");
  const rawQuery = `index=${index}&wait=10s`;
  const waiting = agent.handle({
    method: "GET",
    path: "/v1/kv/absent",
    query: Query.parse(rawQuery),
    rawQuery,
    header: () => undefined,
    body: Buffer.alloc(0),
    remoteAddress: "",
    onClose: () => () => {},
  });
  await put(`${agent.url}/v1/kv/b`, "other");
  clock.advance(20_000);
  const { status, headers } = await waiting;
  assert.equal(status, 404);
  assert.equal(headers[headers.indexOf("X-Consul-Index") + 1], index);
});

test("a service with a TTL check is critical, passes, and expires", async () => {
  const clock = new FakeClock();
  await using agent = await startAgent({ clock });
  const registered = await put(`${agent.url}/v1/agent/service/register`, { ID: "web-1", Name: "web", Port: 80, Check: { TTL: "10s" } });
  assert.equal(registered.status, 200, await registered.text());
  const instances = async () => (await (await fetch(`${agent.url}/v1/health/service/web?passing`)).json()) as unknown[];
  assert.equal((await instances()).length, 0);
  await put(`${agent.url}/v1/agent/check/pass/service:web-1`);
  assert.equal((await instances()).length, 1);
  clock.advance(10_001);
  assert.equal((await instances()).length, 0);
});

test("a registration without a kind of check is refused in Consul's words", async () => {
  await using agent = await startAgent();
  const refused = await put(`${agent.url}/v1/agent/service/register`, {
    ID: "my-service",
    Name: "my-service",
    Tags: ["my-tags"],
    Check: { Interval: "10s", Timeout: "5s", DeregisterCriticalServiceAfter: "1m" },
  });
  assert.equal(refused.status, 400);
  assert.equal(await refused.text(), "Invalid check: TTL must be > 0 for TTL checks");
});

test("many agents in one process do not see each other", async () => {
  await using first = await startAgent();
  await using second = await startAgent();
  await put(`${first.url}/v1/kv/only-here`, "1");
  assert.equal((await fetch(`${second.url}/v1/kv/only-here`)).status, 404);
});

test("an agent on disk has everything again after a restart", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "agent-"));
  try {
    let nodeId = "";
    {
      await using agent = await startAgent({ dataDir, nodeName: "n1" });
      await put(`${agent.url}/v1/kv/kept`, "yes");
      await put(`${agent.url}/v1/agent/service/register`, { Name: "web", Port: 80, Check: { TTL: "1h" } });
      await put(`${agent.url}/v1/agent/check/pass/service:web`);
      nodeId = ((await (await fetch(`${agent.url}/v1/agent/self`)).json()) as { Config: { NodeID: string } }).Config.NodeID;
    }
    await using agent = await startAgent({ dataDir, nodeName: "n1" });
    assert.equal(await (await fetch(`${agent.url}/v1/kv/kept?raw`)).text(), "yes");
    const passing = (await (await fetch(`${agent.url}/v1/health/service/web?passing`)).json()) as unknown[];
    assert.equal(passing.length, 1);
    const self = (await (await fetch(`${agent.url}/v1/agent/self`)).json()) as { Config: { NodeID: string } };
    assert.equal(self.Config.NodeID, nodeId);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});

test("a client may not register checks that run programs, unless the configuration lets it", async () => {
  const script = { Name: "c", Args: ["true"], Interval: "10s" };
  await using careful = await startAgent();
  for (const [path, body] of [
    ["/v1/agent/check/register", script],
    ["/v1/agent/service/register", { Name: "s", Check: { Args: ["true"], Interval: "10s" } }],
    ["/v1/agent/service/register", { Name: "s", Port: 1, Connect: { SidecarService: { Check: { Args: ["true"], Interval: "10s" } } } }],
  ] as const) {
    const answer = await put(careful.url + path, body);
    assert.equal(answer.status, 500);
    assert.match(await answer.text(), /Scripts are disabled on this agent from remote calls/);
  }
  await using trusting = await startAgent({ scriptChecks: "all" });
  assert.equal((await put(`${trusting.url}/v1/agent/check/register`, script)).status, 200);
  await using local = await startAgent({ scriptChecks: "local" });
  assert.equal((await put(`${local.url}/v1/agent/check/register`, script)).status, 500);
});

test("tombstones are forgotten between 15 and 30 minutes later", async () => {
  const clock = new FakeClock();
  await using agent = await startAgent({ clock });
  await put(`${agent.url}/v1/kv/gone`, "1");
  await fetch(`${agent.url}/v1/kv/gone`, { method: "DELETE" });
  const deletedAt = (await fetch(`${agent.url}/v1/kv/gone?recurse`)).headers.get("x-consul-index");
  clock.advance(14 * 60_000);
  assert.equal((await fetch(`${agent.url}/v1/kv/gone?recurse`)).headers.get("x-consul-index"), deletedAt);
  await put(`${agent.url}/v1/kv/other`, "1");
  clock.advance(20 * 60_000);
  assert.notEqual((await fetch(`${agent.url}/v1/kv/gone?recurse`)).headers.get("x-consul-index"), deletedAt);
});
