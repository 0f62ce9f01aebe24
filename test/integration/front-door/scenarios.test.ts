import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { DescService } from "@bufbuild/protobuf";
import { Consul, watch } from "@consulrpc/consul";
import { Code, RpcError } from "@consulrpc/grpc";
import { loadProto } from "@consulrpc/grpc/proto";
import { repositoryRoot } from "@consulrpc/tools";
import { connect, memoryLastGood, newClient, newServer, register, resolve, serve } from "consulrpc";
import { eventually, registries } from "../discovery/registries.js";

const quiet = { signals: false, propagationMs: 50, log: () => undefined, host: "127.0.0.1" } as const;

async function protoService(file: string, name: string): Promise<DescService> {
  const service = (await loadProto(join(repositoryRoot, "bench/hello/proto", file))).getService(name);
  assert.ok(service);
  return service;
}

type Greet = { sayHello(request: { name?: string }, options?: { timeoutMs?: number }): Promise<{ message: string }> };

for (const setup of registries) {
  const scenario = (name: string, run: (consul: Consul, address: string) => Promise<void>): void =>
    void test(`${name} (${setup.name})`, { skip: setup.skip }, async () => {
      await using registry = await setup.start();
      await using consul = new Consul({ address: registry.address, environment: {} });
      await run(consul, registry.address);
    });

  scenario("1: a call with nothing to generate", async (consul, address) => {
    const echo = { echo: async (message = "Hello") => `${message}, ConsulRPC!` };
    await using _server = await newServer("example.Echo", echo).serve({ ...quiet, consul });
    await using client = newClient(`http://${address}`, { lastGood: false });
    const { reply } = await client.call<string>("example.Echo");
    assert.equal(reply, "Hello, ConsulRPC!");
  });

  scenario("2: hello world on a fixed port, with a deadline, found by its contract's name", async (consul) => {
    const Greeter = await protoService("helloworld.proto", "helloworld.Greeter");
    await using server = await serve(Greeter, { sayHello: ({ name }: { name: string }) => ({ message: `Hello ${name}` }) } as never, {
      ...quiet,
      consul,
    });
    const client = connect(Greeter, { consul, lastGood: false }) as unknown as Greet;
    assert.equal((await client.sayHello({ name: "world" }, { timeoutMs: 5_000 })).message, "Hello world");
    const direct = connect(Greeter, `static://${server.address}`) as unknown as Greet;
    assert.equal((await direct.sayHello({ name: "world" })).message, "Hello world");
  });

  scenario("3: hello by discovery, by a name that says nothing of the contract", async (consul) => {
    const HelloService = await protoService("hello.proto", "hello.HelloService");
    const hello = { sayHello: ({ name }: { name: string }) => ({ message: `Hello ${name}` }) } as never;
    await using _server = await serve(HelloService, hello, { ...quiet, consul, id: "demo-service", name: "demo", address: "127.0.0.1" });
    const [entry] = await consul.health.service("demo", { passing: true });
    assert.deepEqual(
      [entry?.Service.ID, entry?.Service.Address, entry?.Service.Meta.contracts],
      ["demo-service", "127.0.0.1", "hello.HelloService"],
    );
    const client = connect(HelloService, "consul://demo", { consul, lastGood: false }) as unknown as Greet;
    assert.equal((await client.sayHello({ name: "Yu Gambler" })).message, "Hello Yu Gambler");
  });

  scenario("4: without an instance the error says what was found", async (consul) => {
    const missing = connect<{ x(): Promise<void> }>("no.Body", { consul, lastGood: false });
    await assert.rejects(
      missing.x(),
      (error) => error instanceof RpcError && error.code === Code.UNAVAILABLE && /service not found/.test(error.message),
    );
    await consul.agent.registerService({ Name: "sick", Port: 1, Check: { TTL: "1h", Status: "critical" } });
    const sick = connect<{ x(): Promise<void> }>("sick", { consul, lastGood: false });
    await assert.rejects(sick.x(), /no healthy instances found for service sick \(1 registered, 1 critical/);
    await using waits = connect<{ hi(): Promise<string> }>("late.Comer", { consul, lastGood: false });
    const answered = waits.with({ waitForReady: true, timeoutMs: 20_000 }).hi();
    await using _server = await serve("late.Comer", { hi: async () => "at last" }, { ...quiet, consul });
    assert.equal(await answered, "at last");
  });

  scenario("5: a watcher prints the change of a key", async (consul) => {
    await consul.kv.put("my-config", "old-config");
    const seen: (string | undefined)[] = [];
    for await (const value of watch(consul.kv.getString, "my-config")) {
      seen.push(value);
      if (seen.length === 2) break;
      await consul.kv.put("my-config", "new-config");
    }
    assert.deepEqual(seen, ["old-config", "new-config"]);
  });

  scenario("8: a TCP check turns critical when nothing listens and passing when something does", async (consul) => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    server.close();
    await once(server, "close");
    const options = { consul, id: "myserviceid", name: "myservice", address: "127.0.0.1", port, log: () => undefined };
    const registration = await register({ ...options, check: { kind: "tcp", interval: "1s" } });
    const status = async (): Promise<string | undefined> => (await consul.health.checks("myservice"))[0]?.Status;
    await eventually("critical", async () => (await status()) === "critical");
    const again = net.createServer().listen(port, "127.0.0.1");
    await once(again, "listening");
    await eventually("passing", async () => (await status()) === "passing");
    await registration.deregister();
    again.close();
  });

  scenario("9: tags, and a check of which only the times are given", async (consul) => {
    const incomplete = { Interval: "10s", Timeout: "5s", DeregisterCriticalServiceAfter: "1m" };
    const refused = consul.agent.registerService({ ID: "x", Name: "x", Tags: ["my-tags"], Port: 8080, Check: incomplete });
    await assert.rejects(refused, /400.*TTL must be > 0 for TTL checks/);
    const check = { interval: "10s", timeout: "5s", deregisterCriticalServiceAfter: "1m" };
    const options = {
      consul,
      id: "my-service",
      name: "my-service",
      tags: ["my-service"],
      address: "127.0.0.1",
      port: 8080,
      log: () => undefined,
    };
    const registration = await register({ ...options, check });
    const [entry] = await consul.health.service("my-service", { tag: "my-service" });
    assert.equal(
      `Service: ${entry?.Service.Service}, Address: ${entry?.Service.Address}, Port: ${entry?.Service.Port}`,
      "Service: my-service, Address: 127.0.0.1, Port: 8080",
    );
    assert.equal(await resolve("my-service", { consul, parameters: "tag=my-service" }), "127.0.0.1:8080");
    await registration.deregister();
  });

  scenario("14: contracts and methods come and go on a running server", async (consul) => {
    await using server = await serve("shop.Users", { find: async (id: number) => `user ${id}`, all: async () => [] }, { ...quiet, consul });
    await using users = connect<{ find(id: number): Promise<string>; all(): Promise<string[]> }>("shop.Users", { consul, lastGood: false });
    await using orders = connect<{ list(): Promise<number[]> }>("shop.Orders", { consul, lastGood: false });
    assert.equal(await users.find(1), "user 1");
    await assert.rejects(orders.list(), (error) => error instanceof RpcError && error.code === Code.UNAVAILABLE);
    await server.add("shop.Orders", { list: async () => [7] });
    await eventually("the new contract is called", async () => (await orders.list())[0] === 7);
    server.server.offline("shop.Users/find");
    await assert.rejects(users.find(1), (error) => error instanceof RpcError && error.code === Code.UNIMPLEMENTED);
    assert.deepEqual(await users.all(), []);
    server.server.online("shop.Users/find");
    assert.equal(await users.find(2), "user 2");
    assert.equal(await server.remove("shop.Orders"), true);
    assert.deepEqual(await consul.catalog.service("shop.Orders"), []);
    await assert.rejects(
      orders.list(),
      (error) => error instanceof RpcError && (error.code === Code.UNAVAILABLE || error.code === Code.UNIMPLEMENTED),
    );
    assert.equal(await users.find(3), "user 3");
  });

  scenario("several contracts on one port, each its own service, or all under one name", async (consul) => {
    const two = (): ReturnType<typeof newServer> => newServer("a.A", { a: async () => "a" }).add("b.B", { b: async () => "b" });
    await using _each = await two().serve({ ...quiet, consul });
    assert.deepEqual([(await consul.health.service("a.A")).length, (await consul.health.service("b.B")).length], [1, 1]);
    await using _named = await two().serve({ ...quiet, consul, name: "both" });
    const [entry] = await consul.health.service("both");
    assert.equal(entry?.Service.Meta.contracts, "a.A,b.B");
    await using b = connect<{ b(): Promise<string> }>("b.B", "consul://both", { consul, lastGood: false });
    assert.equal(await b.b(), "b");
  });

  scenario("a client that starts while Consul is away uses the last good list", async (consul) => {
    const lastGood = memoryLastGood();
    await using _server = await serve("kept.Service", { hi: async () => "hi" }, { ...quiet, consul });
    await using first = connect<{ hi(): Promise<string> }>("kept.Service", { consul, lastGood });
    assert.equal(await first.hi(), "hi");
    await eventually("the list is kept", async () => (await lastGood.load(`${consul.address} consul://kept.Service`)) !== undefined);
    const away = new Consul({ address: "127.0.0.1:1", environment: {} });
    const moved = { load: async () => lastGood.load(`${consul.address} consul://kept.Service`), save: async () => undefined };
    await using second = connect<{ hi(): Promise<string> }>("kept.Service", { consul: away, lastGood: moved });
    assert.equal(await second.hi(), "hi");
    away.close();
  });
}
