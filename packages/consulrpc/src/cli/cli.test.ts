import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { startAgent } from "@consulrpc/agent";
import { consulrpc } from "./consulrpc-double.js";

test("consulrpc --help lists every command, and each has help with an example", async () => {
  const { out } = await consulrpc(undefined, ["--help"]);
  const names = [...out.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name ?? "");
  assert.ok(names.length >= 10, out);
  for (const name of names) {
    const help = await consulrpc(undefined, [name, "--help"]);
    assert.equal(help.code, 0, name);
    assert.match(help.out, new RegExp(`usage: consulrpc ${name}`, "i"), name);
    assert.match(help.out, /(\$|Example:) consulrpc /, name);
  }
});

test("consulrpc says what is wrong with its arguments and exits with 2", async () => {
  assert.match((await consulrpc(undefined, ["nothing"])).remarks, /no command "nothing"/);
  const flag = await consulrpc(undefined, ["kv", "get", "a", "--nonsense"]);
  assert.equal(flag.code, 2);
  assert.match(flag.remarks, /Unknown option '--nonsense'[\s\S]*usage: consulrpc kv/);
  const missing = await consulrpc(undefined, ["kv", "put", "a"]);
  assert.deepEqual([missing.code, /VALUE missing/.test(missing.remarks)], [2, true]);
  assert.equal((await consulrpc(undefined, ["constructor"])).code, 2);
});

test("consulrpc exits with 3 and a way on when Consul is not there", async () => {
  const { code, remarks } = await consulrpc(undefined, ["kv", "get", "a", "--http-addr", "127.0.0.1:9"]);
  assert.equal(code, 3);
  assert.match(remarks, /Consul did not answer GET .*127\.0\.0\.1:9[\s\S]*consulrpc agent -dev/);
});

test("kv puts, gets, lists and deletes; an absent key is exit code 4", async () => {
  await using agent = await startAgent();
  assert.equal((await consulrpc(agent, ["kv", "put", "mykey", "myvalue"])).code, 0);
  assert.equal((await consulrpc(agent, ["kv", "get", "mykey"])).out, "myvalue");
  assert.equal((await consulrpc(agent, ["kv", "put", "bytes", "-"], { stdin: "from stdin" })).code, 0);
  const listed = JSON.parse((await consulrpc(agent, ["kv", "list", "--json"])).out) as { key: string; value: string }[];
  assert.deepEqual(
    listed.map(({ key, value }) => [key, value]),
    [
      ["bytes", "from stdin"],
      ["mykey", "myvalue"],
    ],
  );
  assert.match((await consulrpc(agent, ["kv", "list"])).out, /^KEY +VALUE +INDEX +SESSION\nbytes +from stdin/);
  assert.equal((await consulrpc(agent, ["kv", "put", "mykey", "other", "--cas", "0"])).code, 1);
  assert.equal((await consulrpc(agent, ["kv", "delete", "mykey"])).code, 0);
  assert.equal((await consulrpc(agent, ["kv", "get", "mykey"])).code, 4);
});

test("register, services, deregister: an instance comes and goes", async () => {
  await using agent = await startAgent();
  const web = createServer((_, response) => response.end("Hello World!")).listen(0, "127.0.0.1");
  await once(web, "listening");
  try {
    const port = String((web.address() as AddressInfo).port);
    const registered = await consulrpc(agent, [
      "register",
      "web",
      "--port",
      port,
      "--id",
      "web-1",
      "--address",
      "127.0.0.1",
      "--tag",
      "v2",
      "--check-tcp",
      "--json",
    ]);
    assert.deepEqual(JSON.parse(registered.out), { id: "web-1", name: "web", address: "127.0.0.1", port: Number(port) });
    assert.match((await consulrpc(agent, ["services", "web"])).out, new RegExp(`web-1 +127.0.0.1:${port} +passing`));
    const all = JSON.parse((await consulrpc(agent, ["services", "--json"])).out) as { service: string; passing: number }[];
    assert.equal(all.find(({ service }) => service === "web")?.passing, 1);
    assert.equal((await consulrpc(agent, ["services", "nobody"])).code, 4);
    assert.equal((await consulrpc(agent, ["deregister", "web-1"])).code, 0);
    assert.equal((await consulrpc(agent, ["deregister", "web-1"])).code, 4);
    assert.equal((await consulrpc(agent, ["services", "web"])).code, 4);
  } finally {
    web.close();
  }
});

test("register --keep stays until it is stopped, and deregisters then", async () => {
  await using agent = await startAgent();
  const stop = new AbortController();
  const seen = new Promise<void>((resolve) => {
    void consulrpc(agent, ["register", "kept", "--port", "1", "--no-check", "--keep"], {
      signal: stop.signal,
      onOut: () => resolve(),
    }).then(({ code }) => ended(code));
  });
  let ended: (code: number) => void = () => {};
  const code = new Promise<number>((resolve) => {
    ended = resolve;
  });
  await seen;
  assert.equal((await consulrpc(agent, ["services", "kept"])).code, 0);
  stop.abort();
  assert.equal(await code, 0);
  assert.equal((await consulrpc(agent, ["services", "kept"])).code, 4);
});

test("watch prints a key when it changes, and ends at --count", async () => {
  await using agent = await startAgent();
  await consulrpc(agent, ["kv", "put", "my-config", "one"]);
  const values: string[] = [];
  const { code } = await consulrpc(agent, ["watch", "my-config", "--count", "2"], {
    onOut: (text) => {
      values.push(text.trim());
      if (values.length === 1) void consulrpc(agent, ["kv", "put", "my-config", "two"]);
    },
  });
  assert.deepEqual([code, values], [0, ["one", "two"]]);
});

test("event fires and lists", async () => {
  await using agent = await startAgent();
  assert.equal((await consulrpc(agent, ["event", "fire", "deploy", "v2"])).code, 0);
  assert.match((await consulrpc(agent, ["event", "list"])).out, /deploy +\d+ +v2/);
});

test("export and import carry keys and config entries from one registry to another", async () => {
  await using from = await startAgent();
  await using to = await startAgent();
  await consulrpc(from, ["kv", "put", "app/a", "1", "--flags", "7"]);
  await consulrpc(from, ["kv", "put", "app/b", "-"], { stdin: "\u0000ü" });
  const { out } = await consulrpc(from, ["export"]);
  const imported = await consulrpc(to, ["import", "-", "--json"], { stdin: out });
  assert.deepEqual(JSON.parse(imported.out), { keys: 2, queries: 0, configEntries: 0 });
  assert.deepEqual(JSON.parse((await consulrpc(to, ["export"])).out), JSON.parse(out));
});

test("import reads what `consul kv export` wrote, and refuses anything else", async () => {
  await using agent = await startAgent();
  const stdin = JSON.stringify([{ key: "k", flags: 0, value: Buffer.from("v").toString("base64") }]);
  assert.equal((await consulrpc(agent, ["import", "-"], { stdin })).code, 0);
  assert.equal((await consulrpc(agent, ["kv", "get", "k"])).out, "v");
  const refused = await consulrpc(agent, ["import", "-"], { stdin: '{"a":1}' });
  assert.deepEqual([refused.code, /no export/.test(refused.remarks)], [1, true]);
});

test("doctor is content with a healthy agent, and names a failing check or an absent agent", async () => {
  await using agent = await startAgent();
  const good = await consulrpc(agent, ["doctor"]);
  assert.equal(good.code, 0, good.out);
  assert.match(good.out, /good +agent +answers, version/);
  const body = JSON.stringify({ Name: "disk", TTL: "1h", Notes: "planted" });
  assert.equal((await fetch(`${agent.url}/v1/agent/check/register`, { method: "PUT", body })).status, 200);
  const failing = await consulrpc(agent, ["doctor"]);
  assert.equal(failing.code, 1);
  assert.match(failing.out, /bad +check disk +node .* is critical: /);
  const absent = await consulrpc(undefined, ["doctor", "--http-addr", "127.0.0.1:9"]);
  assert.equal(absent.code, 1);
  assert.match(absent.out, /bad +agent +Consul did not answer[\s\S]*consulrpc agent -dev/);
});
