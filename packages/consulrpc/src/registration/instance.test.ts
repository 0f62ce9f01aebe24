import assert from "node:assert/strict";
import { test } from "node:test";
import { advertisedAddress } from "./advertised-address.js";
import { agentRegistration, instanceOf } from "./instance.js";
import { agentCheck } from "./service-check.js";
import { mergedServiceOptions, serviceOptionsFromEnvironment } from "./service-options.js";

const defaults = {
  name: "demo",
  host: "127.0.0.1",
  address: "",
  port: 7000,
  hostname: "box",
  protocol: "grpc",
  grpcService: "a.B",
  contracts: ["a.B"],
} as const;

test("advertisedAddress(): explicit, then what is listened on, then the way to Consul, and the node's with a local agent", () => {
  const know = { explicit: undefined, listening: "::", towardsConsul: "10.0.0.7", interfaces: ["192.168.0.2"] };
  assert.equal(advertisedAddress({ ...know, explicit: "example.org" }).registered, "example.org");
  assert.equal(advertisedAddress({ ...know, listening: "10.0.0.9" }).registered, "10.0.0.9");
  assert.equal(advertisedAddress(know).registered, "10.0.0.7");
  assert.deepEqual(advertisedAddress({ ...know, towardsConsul: "127.0.0.1" }), { host: "127.0.0.1", registered: "", warning: undefined });
  assert.equal(advertisedAddress({ ...know, towardsConsul: undefined }).registered, "192.168.0.2");
  assert.match(advertisedAddress({ ...know, listening: "127.0.0.1" }).warning ?? "", /others cannot connect/);
});

test("instanceOf(): the id is stable over restarts, meta tells contracts, and what Consul refuses is refused here", () => {
  const instance = instanceOf({ version: "2", zone: "z" }, defaults);
  assert.equal(instance.id, "demo-box-7000");
  assert.deepEqual(instance.meta, { protocol: "grpc", contracts: "a.B", version: "2", zone: "z" });
  assert.equal(instanceOf({ id: "mine" }, defaults).id, "mine");
  for (const weight of [-1, 1.5, 70_000]) assert.throws(() => instanceOf({ weight }, defaults), RangeError);
  assert.throws(() => instanceOf({}, { ...defaults, port: 0 }), RangeError);
  const many = Array.from({ length: 100 }, (_, at) => `package${at}.Service`);
  const meta = instanceOf({}, { ...defaults, contracts: many }).meta;
  assert.equal([meta.contracts, meta["contracts-2"], meta["contracts-3"], meta["contracts-4"]].filter(Boolean).join(), many.join());
});

test("agentRegistration(): a weight of 0, which Consul refuses, goes as meta", () => {
  const registration = agentRegistration(instanceOf({ weight: 0 }, defaults));
  assert.deepEqual([registration.Weights, registration.Meta?.weight, registration.Address], [{ Passing: 1, Warning: 1 }, "0", undefined]);
  assert.equal(agentRegistration(instanceOf({ check: false }, defaults)).Checks, undefined);
});

test("agentCheck() infers the kind, and fills in what is not said", () => {
  const grpc = { id: "i", host: "h", port: 1, protocol: "grpc", grpcService: "a.B" } as const;
  assert.deepEqual(agentCheck({}, grpc), {
    CheckID: "service:i",
    Name: "grpc check of i",
    Status: "passing",
    DeregisterCriticalServiceAfter: "1m",
    Interval: "10s",
    Timeout: "5s",
    GRPC: "h:1/a.B",
    GRPCUseTLS: false,
  });
  const tcp = { ...grpc, protocol: "tcp" } as const;
  assert.equal(agentCheck({ interval: "10s", timeout: "5s", deregisterCriticalServiceAfter: "1m" }, tcp).TCP, "h:1");
  assert.equal(agentCheck({ path: "/health" }, tcp).HTTP, "http://h:1/health");
  assert.equal(agentCheck({ path: "/x", tls: true }, { ...tcp, host: "::1" }).HTTP, "https://[::1]:1/x");
  assert.equal(agentCheck({ ttl: "3s" }, tcp).TTL, "3s");
  assert.equal(agentCheck({ interval: "2s" }, tcp).Timeout, "2s");
  assert.throws(() => agentCheck({ interval: "10ms" }, tcp), RangeError);
  assert.throws(() => agentCheck({ deregisterCriticalServiceAfter: "10s" }, tcp), RangeError);
});

test("options come from the environment too; options win, then the environment, then the file", () => {
  const read = serviceOptionsFromEnvironment({
    CONSULRPC_SERVICE_NAME: "demo",
    CONSULRPC_SERVICE_TAGS: "a, b",
    CONSULRPC_SERVICE_META: "k=v, x=1=2",
    CONSULRPC_SERVICE_PORT: "7000",
    CONSULRPC_SERVICE_CHECK_INTERVAL: "3s",
    POD_IP: "10.1.2.3",
    HOST_IP: "10.9.9.9",
  });
  assert.deepEqual(read, {
    name: "demo",
    address: "10.1.2.3",
    port: 7000,
    tags: ["a", "b"],
    meta: { k: "v", x: "1=2" },
    check: { interval: "3s" },
  });
  assert.equal(serviceOptionsFromEnvironment({ CONSULRPC_SERVICE_CHECK: "none" }).check, false);
  assert.deepEqual(mergedServiceOptions({ name: "mine" }, read, { name: "file", zone: "z" }), { ...read, name: "mine", zone: "z" });
  for (const [name, value] of [
    ["PORT", "x"],
    ["CHECK", "ping"],
    ["VIA", "post"],
    ["META", "novalue"],
  ]) {
    assert.throws(() => serviceOptionsFromEnvironment({ [`CONSULRPC_SERVICE_${name}`]: value }), TypeError, name);
  }
});
