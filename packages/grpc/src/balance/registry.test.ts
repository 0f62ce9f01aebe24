import assert from "node:assert/strict";
import { test } from "node:test";
import { balancerByName, balancerFromConfig, balancerNames } from "./registry.js";

test("balancerByName() takes a name in every spelling that configuration uses", () => {
  for (const name of ["round_robin", "roundRobin", "round-robin", "ROUND_ROBIN", "rr"]) {
    assert.equal(typeof balancerByName(name), "function", name);
  }
});

test("balancerByName() names the known policies when it refuses one", () => {
  assert.throws(() => balancerByName("fastest"), /balancer "fastest" is not known; known are .*round-robin/);
  assert.throws(() => balancerByName("constructor"), RangeError);
});

test("balancerByName() refuses options it does not know and values out of range, naming the field", () => {
  assert.throws(() => balancerByName("least-loaded", { decay: 1 }), /least-loaded\.decay is not an option; known are decayMs/);
  assert.throws(() => balancerByName("least-loaded", { decayMs: -1 }), /decayMs must be a number above 0, got -1/);
  assert.throws(() => balancerByName("least-loaded", { decayMs: "1" }), /decayMs must be a number, got "1"/);
  assert.throws(() => balancerByName("round-robin", []), /round-robin must be an object/);
});

test("balancerByName() builds every policy it lists", () => {
  const needed: Record<string, unknown> = {
    locality: { local: { zone: "a" } },
    subset: { size: 3, client: "c" },
    routes: { rules: [] },
  };
  for (const name of balancerNames) assert.equal(typeof balancerByName(name, needed[name]), "function", name);
});

test("balancerFromConfig() takes the first policy it knows, with its children", () => {
  const config = [{ cleverer: {} }, { priority: { childPolicy: [{ round_robin: {} }] } }, { random: {} }];
  assert.equal(typeof balancerFromConfig(config), "function");
  assert.throws(() => balancerFromConfig([{ cleverer: {} }]), /none of cleverer is known; known are random/);
  assert.throws(() => balancerFromConfig([{ priority: { child: "cleverer" } }]), /balancer "cleverer" is not known/);
  assert.throws(() => balancerFromConfig({ round_robin: {} }), /must be a list/);
  assert.throws(() => balancerFromConfig([{ random: {}, round_robin: {} }]), /object of one policy name/);
});

test("policies refuse what contradicts itself or is out of range, naming the field", () => {
  const refused: [string, unknown, RegExp][] = [
    ["subset", { size: 3, client: "c", clientIndex: 1 }, /subset must have either client or clientIndex/],
    ["subset", { size: 0, client: "c" }, /subset\.size must be an integer from 1, got 0/],
    ["subset", { client: "c" }, /subset\.size must be a number, got null/],
    ["ring-hash", { points: 1.5 }, /ringHash\.points must be an integer/],
    ["ring-hash", { boundedLoad: 1 }, /ringHash\.boundedLoad must be a number above 1/],
    ["ring-hash", { key: { metadata: "a", field: "b" } }, /ringHash\.key must have either "metadata" or "field"/],
    ["maglev", { table: "huge" }, /maglev\.table must be one of auto, small, large/],
    ["least-used", { count: "often" }, /leastUsed\.count must be one of total, window/],
    ["ip-hash", { address: "" }, /ipHash\.address must be an address/],
    ["locality", {}, /locality\.local must name/],
    ["slow-start", { windowMs: 0 }, /slowStart\.windowMs must be a number above 0/],
    ["panic", { threshold: 2 }, /panic\.threshold must be a number from 0 up to 1/],
    ["routes", { rules: [{ percent: 101, to: { tag: "x" } }] }, /routes\.rules\[0\]\.percent/],
    ["routes", { rules: [{ to: { tag: "x", metadata: {} } }] }, /routes\.rules\[0\]\.to must have either/],
    ["routes", { rules: [{ to: { tag: "x" }, header: {} }] }, /routes\.rules\[0\]\.header is not an option/],
  ];
  for (const [name, options, message] of refused)
    assert.throws(() => balancerByName(name, options), message, `${name} ${JSON.stringify(options)}`);
});
