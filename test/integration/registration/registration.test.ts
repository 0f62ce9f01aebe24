import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Consul } from "@consulrpc/consul";
import { discover, register, resolve, withheldKey } from "consulrpc";
import { eventually, freePort, registries } from "../discovery/registries.js";

async function helloServer(): Promise<{ port: number } & AsyncDisposable> {
  const server = http.createServer((_, response) => response.end("Hello World!")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

const silent = (): void => undefined;

for (const setup of registries) {
  test(`any HTTP server registers, is discovered, called, and gone after deregistration (${setup.name})`, {
    skip: setup.skip,
  }, async () => {
    await using registry = await setup.start();
    await using server = await helloServer();
    await using consul = new Consul({ address: registry.address, environment: {} });
    await assert.rejects(resolve("demo", { consul }), /service not found/);
    const registration = await register({ consul, id: "demo-service", name: "demo", address: "localhost", port: server.port, log: silent });
    const found = await resolve("demo", { consul });
    assert.equal(found, `localhost:${server.port}`);
    assert.equal(await (await fetch(`http://${found}/`)).text(), "Hello World!");
    assert.equal(await resolve("demo", { consul, policy: "ip-hash", key: "192.168.1.100" }), found, "one call, one host:port");
    await registration.maintenance("being looked at");
    await eventually("no healthy instances", () =>
      resolve("demo", { consul }).then(
        () => false,
        (error: Error) => /no healthy instances found for service demo/.test(error.message),
      ),
    );
    await registration.maintenance(undefined);
    await eventually("back from maintenance", () => resolve("demo", { consul }));
    await registration.deregister();
    await eventually("gone", () =>
      resolve("demo", { consul }).then(
        () => false,
        (error: Error) => /service not found/.test(error.message),
      ),
    );
  });

  test(`a lost registration returns, unless it was marked to stay away (${setup.name})`, { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    await using server = await helloServer();
    await using consul = new Consul({ address: registry.address, environment: {} });
    const registration = await register({ consul, name: "kept", port: server.port, check: { interval: "1s" }, log: silent });
    const { id } = registration.instance;
    assert.equal(await consul.agent.deregisterService(id), true);
    await eventually("it is registered again", async () => (await consul.health.service("kept", { passing: true })).length === 1);
    await consul.kv.put(withheldKey(id), "by hand");
    await consul.agent.deregisterService(id);
    await eventually("it stays away", () => registration.state === "withheld");
    assert.equal((await consul.catalog.service("kept")).length, 0);
    await consul.kv.remove(withheldKey(id));
    await eventually("the mark is gone, it is back", async () => (await consul.catalog.service("kept")).length === 1);
    await registration.deregister();
  });

  test(`a registry that comes back empty gets its instances back (${setup.name})`, { skip: setup.skip }, async () => {
    const port = await freePort();
    const first = await setup.start(port);
    await using server = await helloServer();
    await using consul = new Consul({ address: first.address, environment: {} });
    const lines: string[] = [];
    const registration = await register({
      consul,
      name: "kept",
      port: server.port,
      check: { interval: "1s" },
      log: (line) => lines.push(line),
    });
    await first.kill();
    await eventually("the loss is noticed", () => registration.state === "missing");
    await using second = await setup.start(port);
    const backAtMs = performance.now();
    await eventually("it is back", async () => (await consul.health.service("kept", { passing: true })).length === 1);
    assert.ok(performance.now() - backAtMs < 15_000);
    assert.equal(lines.filter((line) => line.includes("without Consul")).length, 1, lines.join("\n"));
    await registration.deregister();
    assert.equal(second.port, port);
  });

  test(`a server that starts without Consul is registered when Consul appears (${setup.name})`, { skip: setup.skip }, async () => {
    const port = await freePort();
    await using server = await helloServer();
    await using consul = new Consul({ address: `127.0.0.1:${port}`, environment: {} });
    const lines: string[] = [];
    const registration = await register({ consul, name: "early", port: server.port, log: (line) => lines.push(line) });
    assert.equal(registration.state, "starting");
    assert.match(lines[0] ?? "", /serving early without Consul.*registered when Consul appears/);
    await using _registry = await setup.start(port);
    await registration.registered;
    assert.equal((await discover("early", { consul })).length, 1);
    assert.equal(lines.length, 2, lines.join("\n"));
    await registration.deregister();
  });

  test(`weights, meta and tags change while an instance runs (${setup.name})`, { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    await using server = await helloServer();
    await using consul = new Consul({ address: registry.address, environment: {} });
    const registration = await register({
      consul,
      name: "changing",
      port: server.port,
      tags: ["a"],
      zone: "z1",
      version: "1",
      log: silent,
    });
    assert.deepEqual((await discover("changing", { consul }))[0]?.locality?.zone, "z1");
    await registration.update({ weight: 7, tags: ["b"], meta: { color: "green" } });
    const [endpoint] = await eventually("the change", async () => {
      const found = await discover("changing", { consul });
      return found[0]?.weight === 7 && found;
    });
    assert.deepEqual([endpoint?.tags, endpoint?.metadata.color, endpoint?.metadata.version], [["b"], "green", "1"]);
    await registration.update({ weight: 0 });
    await eventually("no traffic", async () => (await discover("changing", { consul }))[0]?.weight === 0);
    await registration.deregister();
  });

  test(`TTL heartbeats tell the process's own health (${setup.name})`, { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    await using consul = new Consul({ address: registry.address, environment: {} });
    let status: "passing" | "critical" = "passing";
    const health = (): { status: "passing" | "critical"; output: string } => ({ status, output: "as it feels" });
    const registration = await register({ consul, name: "beating", port: 1, check: { ttl: "1s" }, health, log: silent });
    const seen = async (): Promise<string | undefined> => (await consul.health.checks("beating"))[0]?.Status;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    // Without heartbeats it would be critical for good by now; a loaded machine may be late with one of them.
    await eventually("passing, two and a half TTLs later", async () => (await seen()) === "passing");
    status = "critical";
    await eventually("critical", async () => (await seen()) === "critical");
    await registration.deregister();
  });

  test(`without a local agent, an instance is registered in the catalog and kept by a session (${setup.name})`, {
    skip: setup.skip,
  }, async () => {
    await using registry = await setup.start();
    await using consul = new Consul({ address: registry.address, environment: {} });
    const registration = await register({ consul, name: "agentless", port: 4_000, address: "10.0.0.9", via: "catalog", log: silent });
    const [entry] = await consul.health.service("agentless", { passing: true });
    assert.equal(entry?.Service.Address, "10.0.0.9");
    assert.equal((await consul.session.list()).length, 1);
    for (const { ID } of await consul.session.list()) await consul.session.destroy(ID);
    await eventually("a lost session is made anew", async () => (await consul.session.list()).length === 1);
    await eventually("passing again", async () => (await consul.health.service("agentless", { passing: true })).length === 1);
    await registration.deregister();
    assert.equal((await consul.catalog.service("agentless")).length, 0);
  });

  test(`several instances of one name are all discovered, and shared out in turns (${setup.name})`, { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    await using consul = new Consul({ address: registry.address, environment: {} });
    const registrations = await Promise.all([1, 2, 3].map((port) => register({ consul, name: "many", port, check: false, log: silent })));
    await eventually("three", async () => (await discover("many", { consul })).length === 3);
    const picked = new Set<string>();
    for (let turn = 0; turn < 3; turn++) picked.add(await resolve("many", { consul }));
    assert.equal(picked.size, 3);
    await Promise.all(registrations.map((one) => one.deregister()));
  });
}
