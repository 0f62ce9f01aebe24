import assert from "node:assert/strict";
import { test } from "node:test";
import { balancerByName, balancerNames } from "./registry.js";

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

test("balancerByName() builds every policy it lists without options", () => {
  for (const name of balancerNames) assert.equal(typeof balancerByName(name), "function", name);
});
