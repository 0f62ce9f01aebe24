import assert from "node:assert/strict";
import { test } from "node:test";
import type { Target } from "@consulrpc/grpc";
import { consulTarget, filterOf } from "./consul-target.js";

const target = (name: string, query = ""): Target => ({
  scheme: "consul",
  name,
  parameters: new URLSearchParams(query),
  text: `consul://${name}?${query}`,
});

test("consulTarget() reads every parameter", () => {
  const read = consulTarget(
    target("demo", "tag=v2&tag=x&any-tag=a,b&dc=dc2,dc3&near=_agent&filter=F&warning&ns=n&partition=p&peer=q&stale=true"),
  );
  assert.deepEqual(
    [
      read.service,
      read.tags,
      read.anyTags,
      read.datacenters,
      read.near,
      read.filter,
      read.warning,
      read.ns,
      read.partition,
      read.peer,
      read.stale,
    ],
    ["demo", ["v2", "x"], ["a", "b"], ["dc2", "dc3"], "_agent", "F", true, "n", "p", "q", true],
  );
  assert.deepEqual(consulTarget(target("demo")).datacenters, [undefined]);
  assert.equal(consulTarget(target("demo", "passing=false")).warning, true);
});

test("consulTarget() takes a Consul of its own before the name, and an empty authority", () => {
  assert.deepEqual(
    [consulTarget(target("10.0.0.1:8500/demo")).consulAddress, consulTarget(target("10.0.0.1:8500/demo")).service],
    ["10.0.0.1:8500", "demo"],
  );
  assert.deepEqual([consulTarget(target("/demo")).consulAddress, consulTarget(target("/demo")).service], [undefined, "demo"]);
});

test("consulTarget() refuses what can never work", () => {
  assert.throws(() => consulTarget(target("")), TypeError);
  assert.throws(() => consulTarget(target("demo", "stale=perhaps")), TypeError);
});

test("filterOf() says one of several tags in Consul's filter language", () => {
  assert.equal(filterOf(consulTarget(target("d"))), undefined);
  assert.equal(filterOf(consulTarget(target("d", "any-tag=a,b"))), '"a" in Service.Tags or "b" in Service.Tags');
  assert.equal(filterOf(consulTarget(target("d", "any-tag=a&filter=X"))), '(X) and ("a" in Service.Tags)');
});
