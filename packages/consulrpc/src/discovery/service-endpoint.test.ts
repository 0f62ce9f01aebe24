import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthCheck, ServiceEntry } from "@consulrpc/consul";
import { listedOf, nobodyHealthy, oncePerAddress } from "./service-endpoint.js";

function entry(service: Partial<ServiceEntry["Service"]>, checks: readonly Partial<HealthCheck>[] = [], node = "n1"): ServiceEntry {
  const Node = {
    ID: "",
    Node: node,
    Address: "10.0.0.1",
    Datacenter: "dc1",
    TaggedAddresses: {},
    Meta: { zone: "z" },
    CreateIndex: 1,
    ModifyIndex: 1,
  };
  const Service = {
    ID: "s-1",
    Service: "s",
    Tags: ["t"],
    Meta: {},
    Port: 80,
    Address: "",
    Weights: { Passing: 5, Warning: 2 },
    EnableTagOverride: false,
    ...service,
  };
  const Checks = checks.map((check) => ({ CheckID: "c", Status: "passing", Output: "", Notes: "", ...check })) as HealthCheck[];
  return { Node, Service, Checks };
}

test("listedOf() takes the node's address where the service has none, and brackets v6", () => {
  assert.equal(listedOf(entry({})).endpoint.address, "10.0.0.1:80");
  assert.equal(listedOf(entry({ Address: "fe80::1" })).endpoint.address, "[fe80::1]:80");
  assert.equal(listedOf(entry({ SocketPath: "/run/s" })).endpoint.address, "unix:/run/s");
});

test("listedOf() weighs by the worst check, and meta weight wins", () => {
  assert.equal(listedOf(entry({})).endpoint.weight, 5);
  assert.equal(listedOf(entry({}, [{}, { Status: "warning" }])).endpoint.weight, 2);
  assert.equal(listedOf(entry({ Meta: { weight: "0" } })).endpoint.weight, 0);
  assert.equal(listedOf(entry({}, [{ CheckID: "_service_maintenance:s-1", Status: "critical" }])).status, "maintenance");
});

test("listedOf() says where an instance is, and its id is stable and holds the node", () => {
  const { endpoint } = listedOf(entry({ Meta: { zone: "own" } }));
  assert.deepEqual([endpoint.id, endpoint.locality], ["dc1/n1/s-1", { datacenter: "dc1", node: "n1", zone: "own" }]);
  assert.equal(listedOf(entry({})).endpoint.locality?.zone, "z");
});

test("oncePerAddress() keeps one of an instance that two agents know", () => {
  const both = [entry({ Address: "h" }), entry({ Address: "h" }, [], "n2")].map(listedOf);
  assert.equal(oncePerAddress(both).length, 1);
});

test("nobodyHealthy() says what was found and why", () => {
  assert.equal(nobodyHealthy("s", [], []), 'service not found: no instance of "s" is registered');
  const sick = [1, 2].map(() => entry({}, [{ Status: "critical", Output: "connection refused 10.0.0.5:7000\nmore" }]));
  assert.equal(
    nobodyHealthy("s", sick.map(listedOf), sick),
    'no healthy instances found for service s (2 registered, 2 critical: "connection refused 10.0.0.5:7000"); see consulrpc services s',
  );
});
