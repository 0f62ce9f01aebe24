import assert from "node:assert/strict";
import { test } from "node:test";
import { Consul, roundTripSeconds } from "@consulrpc/consul";
import { eventually, registries } from "./registries.js";

for (const setup of registries) {
  const title = (what: string): string => `${what} (${setup.name})`;

  test(title("kv: values of every kind, an absent key is undefined, cas and locks"), { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    const { kv, session, requester } = new Consul({ address: registry.address, environment: {} });
    assert.equal(await kv.put("mykey", "myvalue"), true);
    assert.equal(await kv.getString("mykey"), "myvalue");
    assert.equal(await kv.get("my-config"), undefined);
    await kv.put("n", 42);
    await kv.put("b", true);
    await kv.put("bytes", new Uint8Array([0, 255, 1]));
    await kv.putJson("j", { a: [1, "x"] });
    assert.deepEqual([await kv.getNumber("n"), await kv.getBoolean("b")], [42, true]);
    assert.deepEqual([...((await kv.getBytes("bytes")) ?? [])], [0, 255, 1]);
    assert.deepEqual(await kv.getJson("j"), { a: [1, "x"] });
    await assert.rejects(kv.getNumber("mykey"), TypeError);
    await kv.put("dir/ä b?#/c", "deep", { flags: 2n ** 63n });
    assert.equal((await kv.get("dir/ä b?#/c"))?.Flags, 2n ** 63n);
    assert.deepEqual(await kv.keys("dir/"), ["dir/ä b?#/c"]);
    assert.deepEqual(await kv.keys("", { separator: "/" }), [
      "b",
      "bytes",
      "dir/",
      "j",
      "mykey",
      "n",
      ...(setup.name === "Consul" ? ["ready"] : []),
    ]);
    assert.deepEqual(await kv.list("nothing/"), []);
    assert.equal(await kv.put("mykey", "other", { cas: 1 }), false);
    const id = await session.create({ TTL: "10s", LockDelay: "0s" });
    assert.equal(await kv.put("lock", "me", { acquire: id }), true);
    assert.equal((await kv.get("lock"))?.Session, id);
    assert.equal(await kv.put("lock", "me", { release: id }), true);
    assert.equal(await session.destroy(id), true);
    assert.equal(await session.renew(id), undefined);
    assert.equal(await kv.removeTree("dir/"), true);
    assert.equal(await kv.remove("absent"), true);
    requester.close();
  });

  test(title("txn: all or nothing, with the reasons"), { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    await using consul = new Consul({ address: registry.address, environment: {} });
    const done = await consul.txn.run([{ KV: { Verb: "set", Key: "a", Value: "1" } }, { KV: { Verb: "get", Key: "a" } }]);
    assert.equal(done.committed, true);
    assert.equal(done.Results[1]?.KV?.Value.toString(), "1");
    const refused = await consul.txn.run([{ KV: { Verb: "set", Key: "b", Value: "2" } }, { KV: { Verb: "check-not-exists", Key: "a" } }]);
    assert.equal(refused.committed, false);
    assert.equal(refused.Errors[0]?.OpIndex, 1);
    assert.equal(await consul.kv.get("b"), undefined);
    await assert.rejects(consul.txn.run(Array.from({ length: 129 }, () => ({ KV: { Verb: "get", Key: "a" } }) as const)), RangeError);
  });

  test(title("event, query, status, coordinates, agent and operator answer"), { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    await using consul = new Consul({ address: registry.address, environment: {} });
    const fired = await consul.event.fire("deploy", "now");
    assert.equal(fired.Name, "deploy");
    const [listed] = await eventually("the event", async () => {
      const events = await consul.event.list({ name: "deploy" });
      return events.length > 0 && events;
    });
    assert.deepEqual([listed?.ID, listed?.Payload.toString()], [fired.ID, "now"]);
    await consul.agent.registerService({ Name: "web", Port: 80 });
    const id = await consul.query.create({ Name: "find-web", Service: { Service: "web", OnlyPassing: true } });
    assert.equal((await consul.query.execute("find-web")).Nodes[0]?.Service.Port, 80);
    assert.equal((await consul.query.get(id))?.Name, "find-web");
    await consul.query.remove(id);
    assert.equal(await consul.query.get(id), undefined);
    assert.notEqual(await consul.status.leader(), "");
    assert.equal((await consul.status.peers()).length, 1);
    assert.ok((await consul.agent.self()).Config.NodeName.length > 0);
    assert.equal((await consul.agent.members()).length, 1);
    assert.deepEqual(await consul.catalog.datacenters(), ["dc1"]);
    assert.equal((await consul.agent.serviceHealthByName("web"))[0]?.AggregatedStatus, "passing");
    assert.equal(await consul.agent.serviceHealthById("nobody"), undefined);
    assert.equal((await consul.operator.raftConfiguration()).Servers.length, 1);
  });

  test(title("config entries are kept, read, listed and removed by kind"), { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    const { config, requester } = new Consul({ address: registry.address, environment: {} });
    assert.equal(await config.get("service-resolver", "web"), undefined);
    assert.equal(await config.set({ Kind: "service-resolver", Name: "web", LoadBalancer: { Policy: "least_request" } }), true);
    assert.equal((await config.get("service-resolver", "web"))?.LoadBalancer?.Policy, "least_request");
    assert.equal((await config.list("service-resolver")).length, 1);
    assert.equal(await config.remove("service-resolver", "web"), true);
    requester.close();
  });

  test(title("catalog by hand: a node, a service, its health, and gone again"), { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    const { catalog, health, requester } = new Consul({ address: registry.address, environment: {} });
    const registration = {
      Node: "by-hand",
      Address: "127.0.0.1",
      Service: { ID: "myserviceid", Service: "myservice", Address: "127.0.0.1", Port: 8080 },
      Check: { CheckID: "service:myserviceid", Name: "up", Status: "passing", ServiceID: "myserviceid" },
    } as const;
    assert.equal(await catalog.register(registration), true);
    const [entry] = await health.service("myservice", { passing: true });
    assert.deepEqual([entry?.Service.ID, entry?.Service.Address, entry?.Service.Port], ["myserviceid", "127.0.0.1", 8080]);
    assert.equal((await catalog.node("by-hand"))?.Services.myserviceid?.Service, "myservice");
    assert.equal(await catalog.node("nobody"), undefined);
    await catalog.deregister({ Node: "by-hand", ServiceID: "myserviceid" });
    assert.deepEqual(await catalog.service("myservice"), []);
    await assert.rejects(catalog.register({ Address: "127.0.0.1", Node: "" }), /Must provide node/i);
    requester.close();
  });
}

test("acl, snapshot, intentions, mesh authority and peering speak to Consul", { skip: registries[1]?.skip ?? false }, async () => {
  await using registry = await registries[1]!.start();
  await using consul = new Consul({ address: registry.address, environment: {} });
  await consul.kv.put("kept", "before");
  const chunks: Uint8Array[] = [];
  for await (const chunk of await consul.snapshot.save()) chunks.push(chunk);
  await consul.kv.put("kept", "after");
  await consul.snapshot.restore(Buffer.concat(chunks));
  assert.equal(await eventually("restored", async () => (await consul.kv.getString("kept")) === "before" && "before"), "before");
  assert.equal(await consul.intention.upsert("web", "db", { Action: "allow" }), true);
  assert.equal((await consul.intention.get("web", "db"))?.Action, "allow");
  assert.equal(await consul.intention.check("web", "db"), true);
  assert.equal((await consul.intention.match("destination", "db")).db?.length, 1);
  await consul.intention.remove("web", "db");
  assert.equal(await consul.intention.get("web", "db"), undefined);
  assert.ok((await consul.connect.caRoots()).Roots.length > 0);
  assert.match(await consul.connect.caRootsPem(), /BEGIN CERTIFICATE/);
  assert.equal((await consul.connect.caConfiguration()).Provider, "consul");
  assert.deepEqual(await consul.peering.list(), []);
  assert.equal(await consul.peering.get("nobody"), undefined);
  await assert.rejects(consul.acl.tokens(), /ACL support disabled/);
  const [coordinate] = (await consul.coordinate.datacenters())[0]?.Coordinates ?? [];
  if (coordinate !== undefined) assert.ok(roundTripSeconds(coordinate.Coord, coordinate.Coord) >= 0);
  const reader = (await consul.agent.monitor({ loglevel: "debug" }))[Symbol.asyncIterator]();
  await consul.kv.put("makes", "a line");
  await consul.agent.registerService({ Name: "makes-a-line" });
  assert.ok(((await reader.next()).value as Uint8Array).length > 0);
  await reader.return?.();
});
