import assert from "node:assert/strict";
import { test } from "node:test";
import { type KvCommand, StateError } from "./command.js";
import { listKeys } from "./kv.js";
import type { HealthCheck, NodeService, Session } from "./records.js";
import { State } from "./state.js";

const NOW = 1_000_000;

class Machine {
  readonly state = new State();

  kv(op: KvCommand["op"], key: string, rest: Partial<KvCommand> = {}, nowMs = NOW): boolean {
    return this.state.apply({ type: "kv", op, key, value: "dg==", flags: 0, session: "", index: 0, nowMs, ...rest }) === true;
  }

  node(name: string): void {
    const base = { ID: "", Address: "1.1.1.1", Datacenter: "dc1", TaggedAddresses: null, NodeMeta: null, SkipNodeUpdate: false };
    this.state.apply({ type: "register", nowMs: NOW, request: { ...base, Node: name, Service: undefined, Checks: [] } });
  }

  service(node: string, name: string, checks: readonly HealthCheck[] = []): void {
    const base = { ID: "", Address: "1.1.1.1", Datacenter: "dc1", TaggedAddresses: null, NodeMeta: null, SkipNodeUpdate: false };
    this.state.apply({ type: "register", nowMs: NOW, request: { ...base, Node: node, Service: service(name), Checks: checks } });
  }

  session(id: string, rest: Partial<Session> = {}): void {
    const session: Session = {
      ID: id,
      Name: "",
      Node: "n",
      LockDelay: 15e9,
      Behavior: "release",
      TTL: "",
      NodeChecks: [],
      ServiceChecks: null,
      CreateIndex: 0,
      ModifyIndex: 0,
      ...rest,
    };
    this.state.apply({ type: "session-create", nowMs: NOW, session });
  }
}

function service(name: string): NodeService {
  return {
    ID: name,
    Service: name,
    Tags: null,
    Address: "",
    Meta: null,
    Port: 1,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
    Proxy: {},
    Connect: {},
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

function check(node: string, id: string, Status: string, ServiceID = ""): HealthCheck {
  return {
    Node: node,
    CheckID: id,
    Name: id,
    Status,
    Notes: "",
    Output: "",
    ServiceID,
    ServiceName: "",
    ServiceTags: null,
    Type: "",
    Interval: "",
    Timeout: "",
    ExposedPort: 0,
    Definition: {},
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

test("an identical put keeps ModifyIndex", () => {
  const machine = new Machine();
  machine.kv("set", "a");
  const before = machine.state.tables.kv.get("a");
  machine.kv("set", "a");
  assert.equal(machine.state.tables.kv.get("a"), before);
});

test("cas compares ModifyIndex, 0 meaning that there is none", () => {
  const machine = new Machine();
  assert.equal(machine.kv("cas", "a", { index: 0 }), true);
  assert.equal(machine.kv("cas", "a", { index: 0 }), false);
  const index = machine.state.tables.kv.get("a")!.ModifyIndex;
  assert.equal(machine.kv("cas", "a", { index: index + 1, value: "eA==" }), false);
  assert.equal(machine.kv("cas", "a", { index, value: "eA==" }), true);
  assert.equal(machine.kv("delete-cas", "a", { index }), false);
  assert.equal(machine.kv("delete-cas", "absent", { index }), true);
});

test("a listing's index comes from its own entries and tombstones", () => {
  const machine = new Machine();
  machine.kv("set", "p/a");
  machine.kv("set", "p/b");
  const listed = machine.state.index;
  machine.kv("set", "other");
  assert.equal(listKeys(machine.state.tables, "p/").index, listed);
  machine.kv("delete", "p/a");
  assert.equal(listKeys(machine.state.tables, "p/").index, machine.state.index);
  machine.state.apply({ type: "reap-tombstones", upTo: machine.state.index, nowMs: NOW });
  assert.equal(listKeys(machine.state.tables, "p/").index, listed);
});

test("a watcher wakes for its key or prefix and for nothing else", () => {
  const machine = new Machine();
  const woken: string[] = [];
  machine.state.watches.watch(["key:a"], () => woken.push("a"));
  machine.state.watches.watch([{ prefix: "p/" }], () => woken.push("p/"));
  machine.state.watches.watch([{ prefix: "p/x" }], () => woken.push("p/x"));
  machine.kv("set", "b");
  machine.kv("set", "p");
  assert.deepEqual(woken, []);
  machine.kv("set", "p/x/1");
  assert.deepEqual(woken.sort(), ["p/", "p/x"]);
  machine.kv("set", "p/x/2");
  machine.kv("set", "a");
  assert.deepEqual(woken, ["p/", "p/x", "a"]);
  assert.equal(machine.state.watches.size, 0);
});

test("deleting a tree wakes the watchers of every key in it", () => {
  const machine = new Machine();
  for (const key of ["t/1", "t/2", "u"]) machine.kv("set", key);
  const woken: string[] = [];
  for (const key of ["t/1", "t/2", "u"]) machine.state.watches.watch([`key:${key}`], () => woken.push(key));
  machine.kv("delete-tree", "t/");
  assert.deepEqual(woken, ["t/1", "t/2"]);
});

test("a lock belongs to one session, and its LockIndex grows with each new hold", () => {
  const machine = new Machine();
  machine.node("n");
  machine.session("one");
  machine.session("two");
  assert.equal(machine.kv("lock", "l", { session: "one" }), true);
  assert.equal(machine.kv("lock", "l", { session: "two" }), false);
  assert.equal(machine.state.tables.kv.get("l")?.LockIndex, 1);
  assert.equal(machine.kv("unlock", "l", { session: "two" }), false);
  assert.equal(machine.kv("unlock", "l", { session: "one" }), true);
  assert.equal(machine.kv("lock", "l", { session: "two" }), true);
  assert.equal(machine.state.tables.kv.get("l")?.LockIndex, 2);
  assert.throws(() => machine.kv("lock", "l", { session: "absent" }), new StateError('invalid session "absent"'));
});

test("a session that ends releases its keys and delays their next lock", () => {
  const machine = new Machine();
  machine.node("n");
  machine.session("one");
  machine.session("two");
  machine.kv("lock", "l", { session: "one" });
  machine.state.apply({ type: "session-destroy", id: "one", nowMs: NOW });
  assert.equal(machine.state.tables.kv.get("l")?.Session, "");
  assert.equal(machine.kv("lock", "l", { session: "two" }, NOW + 14_999), false);
  assert.equal(machine.kv("lock", "l", { session: "two" }, NOW + 15_000), true);
});

test("a session of behaviour delete takes its keys with it", () => {
  const machine = new Machine();
  machine.node("n");
  machine.session("one", { Behavior: "delete" });
  machine.kv("lock", "l", { session: "one" });
  machine.state.apply({ type: "session-destroy", id: "one", nowMs: NOW });
  assert.equal(machine.state.tables.kv.get("l"), undefined);
});

test("a check that turns critical ends the sessions that depend on it in the same write", () => {
  const machine = new Machine();
  machine.service("n", "web", [check("n", "c", "passing")]);
  machine.session("one", { NodeChecks: ["c"] });
  machine.kv("lock", "l", { session: "one" });
  machine.service("n", "web", [check("n", "c", "critical")]);
  assert.equal(machine.state.tables.sessions.get("one"), undefined);
  assert.equal(machine.state.tables.kv.get("l")?.ModifyIndex, machine.state.index);
});

test("a refused registration leaves nothing behind and wakes nobody", () => {
  const machine = new Machine();
  const woken: string[] = [];
  machine.state.watches.watch(["nodes", "service.web"], () => woken.push("woken"));
  assert.throws(() => machine.service("n", "web", [check("n", "c", "passing", "absent")]), StateError);
  assert.equal(machine.state.tables.nodes.size, 0);
  assert.equal(machine.state.tables.services.size, 0);
  assert.equal(machine.state.tables.maxIndex("nodes", "services"), 0);
  assert.deepEqual(woken, []);
});

test("a transaction happens as a whole or not at all", () => {
  const machine = new Machine();
  machine.kv("set", "a");
  const operation = { kind: "kv", value: "eA==", flags: 0, index: 0, session: "" } as const;
  const failed = machine.state.apply({
    type: "txn",
    nowMs: NOW,
    operations: [
      { ...operation, verb: "set", key: "b" },
      { ...operation, verb: "delete", key: "a" },
      { ...operation, verb: "cas", key: "c", index: 99 },
    ],
  });
  assert.deepEqual(failed, { results: [], errors: [{ OpIndex: 2, What: 'failed to set key "c", index is stale' }] });
  assert.deepEqual([...machine.state.tables.kv.keys()], ["a"]);
});

test("deleting a node takes its services, checks and sessions", () => {
  const machine = new Machine();
  machine.service("n", "web", [check("n", "c", "passing")]);
  machine.session("one");
  machine.state.apply({ type: "deregister", node: "N", serviceId: "", checkId: "", nowMs: NOW });
  const { nodes, services, checks, sessions } = machine.state.tables;
  assert.deepEqual([nodes.size, services.size, checks.size, sessions.size], [0, 0, 0, 0]);
  assert.equal(machine.state.tables.hasIndex("service.web"), false);
  assert.equal(machine.state.tables.maxIndex("service_last_extinction"), machine.state.index);
});

test("reaping forgets old tombstones and lock delays that are over", () => {
  const machine = new Machine();
  machine.node("n");
  machine.session("one");
  machine.kv("lock", "l", { session: "one" });
  machine.state.apply({ type: "session-destroy", id: "one", nowMs: NOW });
  machine.kv("set", "old");
  machine.kv("delete", "old");
  const upTo = machine.state.index;
  machine.kv("set", "new");
  machine.kv("delete", "new");
  machine.state.apply({ type: "reap-tombstones", upTo, nowMs: NOW + 15_000 });
  assert.deepEqual([...machine.state.tables.tombstones.keys()], ["new"]);
  assert.equal(machine.state.tables.lockDelays.size, 0);
});
