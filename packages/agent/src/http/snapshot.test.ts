import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Agent, startAgent } from "../start-agent.js";

const put = (agent: Agent, path: string, body: string | Uint8Array) => fetch(`${agent.url}${path}`, { method: "PUT", body });
const get = async (agent: Agent, path: string) => (await fetch(`${agent.url}${path}`)).text();
const save = async (agent: Agent) => new Uint8Array(await (await fetch(`${agent.url}/v1/snapshot`)).arrayBuffer());

test("a snapshot brings everything into another agent, which keeps its own services and name", async () => {
  await using first = await startAgent({ nodeName: "one" });
  await put(first, "/v1/kv/a", "1");
  await put(first, "/v1/kv/b?flags=18446744073709551615", "2");
  await put(first, "/v1/catalog/register", JSON.stringify({ Node: "outside", Address: "10.0.0.1", Service: { Service: "db", Port: 1 } }));
  await put(first, "/v1/session/create", JSON.stringify({ Node: "outside", Checks: [], TTL: "60s" }));
  const archive = await save(first);
  await using second = await startAgent({ nodeName: "two" });
  await put(second, "/v1/kv/gone", "x");
  await put(second, "/v1/agent/service/register", JSON.stringify({ Name: "own", Port: 2 }));
  const index = Number((await fetch(`${second.url}/v1/kv/gone`)).headers.get("x-consul-index"));
  assert.equal((await put(second, "/v1/snapshot", archive)).status, 200);
  assert.equal(await get(second, "/v1/kv/?keys"), '["a","b"]');
  assert.match(await get(second, "/v1/kv/b"), /"Flags":18446744073709551615/);
  assert.match(await get(second, "/v1/catalog/service/db"), /"Address":"10\.0\.0\.1"/);
  assert.match(await get(second, "/v1/session/list"), /"Node":"outside"/);
  assert.match(await get(second, "/v1/catalog/service/own"), /"Node":"two"/);
  await put(second, "/v1/kv/new", "y");
  const [entry] = JSON.parse(await get(second, "/v1/kv/new")) as { ModifyIndex: number }[];
  assert.ok(entry!.ModifyIndex > index, "no index is given twice");
});

test("a watcher is told when the state is replaced", async () => {
  await using agent = await startAgent();
  await put(agent, "/v1/kv/a", "old");
  const archive = await save(agent);
  await put(agent, "/v1/kv/a", "new");
  const index = (await fetch(`${agent.url}/v1/kv/a`)).headers.get("x-consul-index");
  const watching = get(agent, `/v1/kv/a?raw&index=${index}&wait=60s`);
  await get(agent, "/v1/kv/a");
  await put(agent, "/v1/snapshot", archive);
  assert.equal(await watching, "old");
});

test("a restored state is on disk", async () => {
  const directory = await mkdtemp(join(tmpdir(), "snapshot-"));
  try {
    let archive: Uint8Array;
    {
      await using agent = await startAgent({ dataDir: directory, nodeName: "n" });
      await put(agent, "/v1/kv/a", "kept");
      archive = await save(agent);
      await put(agent, "/v1/kv/a", "changed");
      assert.equal((await put(agent, "/v1/snapshot", archive)).status, 200);
      await put(agent, "/v1/kv/after", "too");
    }
    await using again = await startAgent({ dataDir: directory, nodeName: "n" });
    assert.equal(await get(again, "/v1/kv/a?raw"), "kept");
    assert.equal(await get(again, "/v1/kv/after?raw"), "too");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("what is not a whole snapshot of ours is refused with a sentence, and changes nothing", async () => {
  await using agent = await startAgent();
  await put(agent, "/v1/kv/a", "1");
  const archive = await save(agent);
  for (const [bytes, sentence] of [
    [gzipSync("state"), /HashiCorp's Consul/],
    [archive.subarray(0, archive.length - 3), /before it is whole/],
    [Buffer.from(""), /is empty/],
  ] as const) {
    const answer = await put(agent, "/v1/snapshot", bytes);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), sentence);
  }
  assert.equal(await get(agent, "/v1/kv/a?raw"), "1");
});
