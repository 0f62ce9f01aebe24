import assert from "node:assert/strict";
import { test } from "node:test";
import { compileFilter, compileFilterLazily, FilterError } from "./filter.js";
import { checkServiceNodeFields, healthCheckFields, memberFields, nodeServiceFields } from "./row-types.js";

const row = {
  Node: { Node: "n1", Meta: { zone: "a", "key with space": "x" }, TaggedAddresses: { lan: "10.0.0.1" } },
  Service: {
    ID: "web-1",
    Service: "web",
    Tags: ["v1", "blue"],
    Meta: { version: "1.2" },
    Port: 8080,
    EnableTagOverride: true,
    TaggedAddresses: { wan: { Address: "1.1.1.1", Port: 443 } },
    Weights: { Passing: 1, Warning: 1 },
    Proxy: { Upstreams: [{ DestinationName: "db" }, { DestinationName: "cache" }] },
  },
  Checks: [
    { CheckID: "serfHealth", Status: "passing" },
    { CheckID: "c", Status: "critical" },
  ],
};

const passes = (expression: string) => compileFilter(expression, checkServiceNodeFields).matches(row);

for (const [expression, expected] of [
  ["Service.Port == 8080", true],
  ["Service.Port==8080", true],
  ['Service.Port != "0x1f90"', false],
  ["Service.EnableTagOverride == true", true],
  ["not Service.EnableTagOverride == T", false],
  ["Service.Tags contains blue", true],
  ["blue in Service.Tags", true],
  ["Service.Tags not contains blue", false],
  ['"red" not in Service.Tags', true],
  ["Service.Tags is empty", false],
  ["Service.Tags is not empty", true],
  ["Node.Meta.zone == a", true],
  ['Node.Meta["key with space"] == x', true],
  ["Node.Meta.nothing == a", false],
  ["Node.Meta.nothing != a", true],
  ["Node.Meta.nothing matches `.*`", true],
  ["zone in Node.Meta", true],
  ["Node.Meta contains nothing", false],
  ["Service.ID matches `^web-[0-9]+$`", true],
  ['Service.ID not matches "^db"', true],
  ["Service.TaggedAddresses.wan.Port == 443", true],
  ["Service.TaggedAddresses.lan.Port == 443", false],
  ["Checks.Status == critical", true],
  ["Checks.Status != critical", true],
  ["not Checks.Status == critical", false],
  ["Service.Proxy.Upstreams.DestinationName == cache", true],
  ["Service.Proxy.Mode is not empty or Service.Kind == ``", undefined],
  ["Service.Kind == ``", true],
  ["web in Service.ID", true],
  ["Service.Service == web and (Service.Port == 1 or Service.Port == 8080)", true],
  ["(Service.Service == web) and not (Service.Port == 8080)", false],
  ["  ( Service.Service == web )  ", true],
  ["Service.Service == db or Service.Service == web and Service.Port == 1", false],
  ['Service.Service == "w\\x65b"', true],
] as const) {
  test(`compileFilter() finds ${expression} ${expected ?? "refused"}`, () => {
    if (expected === undefined) assert.throws(() => passes(expression), FilterError);
    else assert.equal(passes(expression), expected);
  });
}

/** Texts recorded from go-bexpr v0.1.2 inside Consul v1.21.0. */
for (const [expression, message] of [
  ["Service.Nope == 1", 'Selector "Service.Nope" is not valid'],
  ["Service == 1", 'Invalid match operator "Equal" for selector "Service"'],
  ["Service.Port == abc", 'Failed to coerce value "abc" for selector "Service.Port": strconv.ParseInt: parsing "abc": invalid syntax'],
  [
    "Service.EnableTagOverride == maybe",
    'Failed to coerce value "maybe" for selector "Service.EnableTagOverride": strconv.ParseBool: parsing "maybe": invalid syntax',
  ],
  ["Checks contains x", 'Invalid match operator "In" for selector "Checks"'],
  ["Service.Port is empty", 'Invalid match operator "Is Empty" for selector "Service.Port"'],
  ["Service.ID matches `[`", 'Failed to compile regular expression "[": error parsing regexp: missing closing ]: `[`'],
] as const) {
  test(`compileFilter() refuses ${expression} in go-bexpr's words`, () => {
    assert.throws(() => passes(expression), {
      name: "FilterError",
      message: `Failed to create boolean expression evaluator: ${message}`,
    });
  });
}

test("compileFilterLazily() looks at the fields when the first row comes", () => {
  const filter = compileFilterLazily("Nope == 1", healthCheckFields);
  assert.throws(() => filter.matches({}), { message: 'Selector "Nope" is not valid' });
  assert.throws(() => compileFilterLazily("Nope", healthCheckFields), /^FilterError: Failed to create/);
});

test("an absent field counts as its zero value", () => {
  const filter = compileFilter(
    "Port == 0 and Kind == `` and EnableTagOverride == false and Tags is empty and Meta is empty",
    nodeServiceFields,
  );
  assert.equal(filter.matches({ ID: "x" }), true);
});

test("lists of numbers are searched by number", () => {
  assert.equal(compileFilter("127 in Addr", memberFields).matches({ Addr: [127, 0, 0, 1] }), true);
});

test("names of Object.prototype are not fields, nor keys", () => {
  assert.throws(() => compileFilter("constructor == x", nodeServiceFields), /is not valid/);
  assert.equal(compileFilter("Meta.constructor == x", nodeServiceFields).matches({ Meta: {} }), false);
  assert.equal(compileFilter('Meta contains "__proto__"', nodeServiceFields).matches({ Meta: {} }), false);
});

test("hostile expressions end quickly", () => {
  const started = performance.now();
  assert.throws(() => compileFilter("(".repeat(3_000), nodeServiceFields), FilterError);
  assert.throws(() => compileFilter("not ".repeat(8_000), nodeServiceFields), FilterError);
  assert.throws(() => compileFilter(`${"(".repeat(100)}Port == 1${")".repeat(99)}`, nodeServiceFields), FilterError);
  assert.throws(() => compileFilter("x".repeat(100_000), nodeServiceFields), /exceeds maximum length/);
  const evil = compileFilter("ID matches `^(a+)+$`", nodeServiceFields);
  assert.equal(evil.matches({ ID: `${"a".repeat(5_000)}!` }), false);
  assert.ok(performance.now() - started < 20_000);
});
