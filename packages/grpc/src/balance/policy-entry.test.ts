import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "../channel/resolver.js";
import { applyWeights, parsePolicyEntry, serviceConfigOfMeta, serviceConfigOfPolicyEntry } from "./policy-entry.js";
import { balancerFromConfig } from "./registry.js";
import { serviceConfigOfServiceResolver } from "./service-resolver.js";

const endpoint = (id: string, address: string, weight = 1): Endpoint => ({ id, address, weight, tags: [], metadata: {} });

test("parsePolicyEntry() and applyWeights() give endpoints the weights of a KV entry, by id, by address, and for the rest", () => {
  const entry = parsePolicyEntry('{"policy":"weighted_round_robin","weights":{"demo-1":5,"10.0.0.2:1":0},"otherWeights":2}');
  assert.deepEqual(serviceConfigOfPolicyEntry(entry), { loadBalancingConfig: [{ weighted_round_robin: {} }] });
  const endpoints = [endpoint("demo-1", "10.0.0.1:1"), endpoint("demo-2", "10.0.0.2:1"), endpoint("demo-3", "10.0.0.3:1", 2)];
  const weighted = applyWeights(endpoints, entry);
  assert.deepEqual(
    weighted.map(({ weight }) => weight),
    [5, 0, 2],
  );
  assert.equal(weighted[2], endpoints[2]);
});

test("parsePolicyEntry() names the field at fault", () => {
  const refused: [string, RegExp][] = [
    ["{", /policy entry is not JSON/],
    ["7", /policy entry must be an object, got 7/],
    ['{"polcy":"random"}', /policy entry\.polcy is not an option; known are policy, options, weights, otherWeights/],
    ['{"policy":"fastest"}', /balancer "fastest" is not known/],
    ['{"policy":"ring_hash","options":{"points":0}}', /ringHash\.points must be an integer from 1/],
    ['{"options":{}}', /options without a policy/],
    ['{"weights":{"a":-1}}', /weights\["a"\] must be a number from 0 up to 1000000, got -1/],
    ['{"weights":{"a":"1"}}', /weights\["a"\] must be a number/],
    ['{"weights":[1]}', /weights must be an object/],
  ];
  for (const [text, message] of refused) assert.throws(() => parsePolicyEntry(text), message, text);
});

test("serviceConfigOfServiceResolver() reads Consul's LoadBalancer into policies that are known here", () => {
  const read = (LoadBalancer: unknown): unknown =>
    serviceConfigOfServiceResolver({ Kind: "service-resolver", Name: "demo", LoadBalancer })?.loadBalancingConfig;
  assert.equal(serviceConfigOfServiceResolver({ Kind: "service-resolver" }), undefined);
  const expected: [unknown, unknown][] = [
    [{ Policy: "round_robin" }, [{ round_robin: {} }]],
    [{ Policy: "least_request", LeastRequestConfig: { ChoiceCount: 5 } }, [{ least_active: { choices: 5 } }]],
    [
      {
        Policy: "ring_hash",
        RingHashConfig: { MinimumRingSize: 1024 },
        HashPolicies: [{ Field: "cookie" }, { Field: "header", FieldValue: "x-user" }],
      },
      [{ ring_hash: { key: { metadata: "x-user" } } }],
    ],
    [{ Policy: "maglev", HashPolicies: [{ SourceIP: true }] }, [{ ip_hash: {} }]],
    [{ Policy: "maglev" }, [{ maglev: {} }]],
  ];
  for (const [balancer, config] of expected) {
    assert.deepEqual(read(balancer), config);
    assert.equal(typeof balancerFromConfig(read(balancer)), "function");
  }
  assert.throws(() => read({ Policy: "sideways" }), /LoadBalancer\.Policy "sideways" is not known/);
});

test("serviceConfigOfMeta() takes a name or a list", () => {
  assert.equal(serviceConfigOfMeta({}), undefined);
  assert.deepEqual(serviceConfigOfMeta({ balance: "p2c" }), { loadBalancingConfig: [{ p2c: {} }] });
  assert.deepEqual(serviceConfigOfMeta({ balance: '[{"maglev":{}}]' }), { loadBalancingConfig: [{ maglev: {} }] });
  assert.throws(() => serviceConfigOfMeta({ balance: "fastest" }), /not known/);
});
