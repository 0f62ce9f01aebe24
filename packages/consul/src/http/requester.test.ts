import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Consul } from "../consul-client.js";
import { ConsulError } from "../consul-error.js";
import { answer, PlantedServer, wirePair } from "../planted-server.js";

const environment = {};

test("Consul goes on at the next address when the first does not answer, also with what is not idempotent", async () => {
  await using server = await PlantedServer.start((_, response) => answer(response, 1, { ID: "session" }));
  const consul = new Consul({ address: ["127.0.0.1:1", server.address], environment });
  assert.equal(await consul.session.create(), "session");
  assert.equal(consul.address, `http://${server.address}`, "the address that answered comes first now");
  consul.close();
});

test("Consul repeats reads after a passing 500, 503 or broken connection, and no write that may have been done", async () => {
  await using server = await PlantedServer.start(({ nth }, response) => {
    if (nth === 0) answer(response, undefined, "No cluster leader", 500);
    else if (nth === 1) response.destroy();
    else answer(response, 5, wirePair("k", "v", 5));
  });
  const consul = new Consul({ address: server.address, environment });
  assert.equal(await consul.kv.getString("k"), "v");
  assert.equal(server.requests.length, 3);
  server.replant((_, response) => response.destroy());
  await assert.rejects(consul.session.create(), (error) => error instanceof ConsulError && error.unreachable);
  assert.equal(server.requests.length, 4, "sent once");
  consul.close();
});

test("Consul does not repeat what is wrong, and gives its words", async () => {
  await using server = await PlantedServer.start((_, response) => answer(response, undefined, "Must provide node\n", 500));
  const consul = new Consul({ address: server.address, environment });
  await assert.rejects(consul.catalog.services(), (error) => {
    assert.ok(error instanceof ConsulError);
    assert.equal(error.message, `Consul answered 500 to GET /v1/catalog/services at http://${server.address}: Must provide node`);
    assert.deepEqual([error.status, error.text, error.request.method], [500, "Must provide node", "GET"]);
    return true;
  });
  assert.equal(server.requests.length, 1);
  consul.close();
});

test("Consul waits as long as a 429 asks for, also with a write", async () => {
  let firstAtMs = 0;
  let secondAtMs = 0;
  await using server = await PlantedServer.start(({ nth }, response) => {
    if (nth === 0) {
      firstAtMs = performance.now();
      response.setHeader("retry-after", "1");
      return answer(response, undefined, "Your IP is issuing too many concurrent connections", 429);
    }
    secondAtMs = performance.now();
    answer(response, undefined, "true");
  });
  const consul = new Consul({ address: server.address, environment });
  assert.equal(await consul.kv.put("k", "v", { cas: 1 }), true);
  assert.ok(secondAtMs - firstAtMs >= 990);
  consul.close();
});

test("Consul sends its token, asks a function each time, and reads a token file again", async () => {
  await using server = await PlantedServer.start((_, response) => answer(response, undefined, "[]"));
  const sent = (): unknown => server.requests.at(-1)?.headers["x-consul-token"];
  let current = "one";
  const asked = new Consul({ address: server.address, token: () => current, environment });
  await asked.session.list();
  assert.equal(sent(), "one");
  current = "two";
  await asked.session.list();
  assert.equal(sent(), "two");
  await asked.session.list({ token: "three" });
  assert.equal(sent(), "three");
  const folder = mkdtempSync(join(tmpdir(), "consul-token-"));
  const file = join(folder, "token");
  writeFileSync(file, "from-file\n");
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, sleep: async () => undefined, after: () => () => undefined, wallMs: () => 0, random: () => 0 };
  const fromFile = new Consul({ address: server.address, environment: { CONSUL_HTTP_TOKEN_FILE: file }, clock });
  await fromFile.session.list();
  assert.equal(sent(), "from-file");
  writeFileSync(file, "rotated, and longer\n");
  nowMs = 5_000;
  await fromFile.session.list();
  assert.equal(sent(), "rotated, and longer");
  rmSync(folder, { recursive: true });
  asked.close();
  fromFile.close();
});

test("Consul says nothing within the timeout: an error without a status that names what was asked", async () => {
  await using server = await PlantedServer.start(() => undefined);
  const consul = new Consul({ address: server.address, timeoutMs: 50, environment });
  await assert.rejects(
    consul.kv.get("k"),
    (error) => error instanceof ConsulError && error.unreachable && /no answer within/.test(error.message),
  );
  consul.close();
});

test("Consul gives up a request when its signal aborts", async () => {
  await using server = await PlantedServer.start(() => undefined);
  const consul = new Consul({ address: server.address, environment });
  const gaveUp = new AbortController();
  const asked = consul.kv.get("k", { signal: gaveUp.signal });
  gaveUp.abort();
  await assert.rejects(asked, { name: "AbortError" });
  consul.close();
});
