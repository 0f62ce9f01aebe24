import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "../channel/resolver.js";
import type { Balancer, Member, PickContext } from "./balancer.js";
import { directed, ENDPOINT_HEADER } from "./directed.js";
import { leastUsed } from "./least-used.js";
import { locality } from "./locality.js";
import { EnvironmentDouble, MemberDouble, memberDoubles, pickContextDouble, pickContextWithHeader } from "./member-double.js";
import { panic } from "./panic.js";
import { priority } from "./priority.js";
import { roundRobin } from "./round-robin.js";
import { routes } from "./routes.js";
import { slowStart } from "./slow-start.js";
import { sticky } from "./sticky.js";
import { chooseSubset, subsetResolver } from "./subset.js";

const call = pickContextDouble();

function shares(
  balancer: Balancer,
  picks: number,
  groupOf: (member: Member) => string,
  context: PickContext = call,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let at = 0; at < picks; at++) {
    const group = groupOf(balancer.pick(context, undefined) as Member);
    counts[group] = (counts[group] ?? 0) + 1 / picks;
  }
  return counts;
}

const near = (actual: number | undefined, expected: number): void => {
  assert.ok(Math.abs((actual ?? 0) - expected) < 0.03, `share ${actual}, expected ${expected}`);
};

test("priority() keeps to the first group while 71% of it can be used, then spills what it cannot carry", () => {
  const members = Array.from({ length: 20 }, (_, at) => new MemberDouble({ id: `m${at}`, metadata: { priority: at < 10 ? "0" : "1" } }));
  const balancer = priority({ child: roundRobin() })(new EnvironmentDouble());
  const groupOf = (member: Member): string => member.endpoint.metadata.priority as string;
  for (const [usable, expected] of [
    [10, 1],
    [8, 1],
    [5, 0.7],
    [2, 0.28],
    [0, 0],
  ] as const) {
    balancer.update([...members.slice(0, usable), ...members.slice(10)], members);
    near(shares(balancer, 4_000, groupOf)["0"], expected);
  }
});

test("locality() prefers the same node, then zone, then datacenter, and spills over by what is left", () => {
  const at = (id: string, place: Endpoint["locality"]): MemberDouble =>
    new MemberDouble({ id, ...(place === undefined ? {} : { locality: place }) });
  const members = [
    at("node", { datacenter: "d1", zone: "z1", node: "n1" }),
    at("zone", { datacenter: "d1", zone: "z1", node: "n2" }),
    at("datacenter", { datacenter: "d1", zone: "z2", node: "n3" }),
    at("same names elsewhere", { datacenter: "d2", zone: "z1", node: "n1" }),
    at("unknown", undefined),
  ];
  const balancer = locality({ local: { datacenter: "d1", zone: "z1", node: "n1" }, child: roundRobin() })(new EnvironmentDouble());
  const idOf = (member: Member): string => member.endpoint.id;
  for (const first of ["node", "zone", "datacenter"]) {
    balancer.update(members.slice(members.findIndex((member) => member.endpoint.id === first)));
    assert.deepEqual(Object.keys(shares(balancer, 100, idOf)), [first]);
  }
  balancer.update(members.slice(3));
  assert.equal(Object.keys(shares(balancer, 100, idOf)).length, 2);
});

test("slowStart() raises a newcomer's share from a tenth to the whole, and holds nothing back when all are new", () => {
  const environment = new EnvironmentDouble();
  const members = memberDoubles(10);
  const balancer = slowStart({ child: roundRobin(), windowMs: 10_000 })(environment);
  const newest = members[9] as MemberDouble;
  newest.joinedAtMs = 100_000;
  const shareAt = (nowMs: number): number => {
    environment.atMs = nowMs;
    balancer.update(members);
    return (shares(balancer, 10_000, (member) => (member === newest ? "new" : "old")).new ?? 0) * 10;
  };
  near(shareAt(100_000), 0.1);
  const half = shareAt(105_000);
  assert.ok(half > 0.4 && half < 0.6, `${half} of its share after half the window`);
  near(shareAt(110_000), 1);
  for (const member of members) member.joinedAtMs = 200_000;
  near(shareAt(200_000), 1);
});

test("panic() uses healthy members until too few are left, then all", () => {
  const members = Array.from({ length: 10 }, (_, at) => new MemberDouble({ id: `m${at}`, metadata: at < 4 ? { health: "warning" } : {} }));
  const balancer = panic({ child: roundRobin() })(new EnvironmentDouble());
  balancer.update(members);
  assert.equal(Object.keys(shares(balancer, 100, (member) => member.endpoint.id)).length, 6);
  balancer.update(members.slice(0, 7));
  assert.equal(Object.keys(shares(balancer, 100, (member) => member.endpoint.id)).length, 7);
});

test("routes() sends a percentage and matching headers to the canary, sticky by key, and the rest elsewhere", () => {
  const members = Array.from({ length: 10 }, (_, at) => new MemberDouble({ id: `m${at}`, tags: at === 0 ? ["canary"] : [] }));
  const balancer = routes({
    rules: [
      { headers: { "x-canary": "yes" }, to: { tag: "canary" } },
      { percent: 20, to: { tag: "canary" } },
    ],
    child: roundRobin(),
  })(new EnvironmentDouble());
  balancer.update(members);
  const kind = (member: Member): string => (member === members[0] ? "canary" : "stable");
  near(shares(balancer, 5_000, kind).canary, 0.2);
  assert.deepEqual(
    shares(balancer, 10, kind, pickContextWithHeader("x-canary", "yes")),
    shares(balancer, 10, () => "canary"),
  );
  let canaries = 0;
  for (let user = 0; user < 2_000; user++) {
    const sides = Object.keys(shares(balancer, 5, kind, pickContextDouble({ key: `user-${user}` })));
    assert.equal(sides.length, 1, "a user changes sides");
    if (sides[0] === "canary") canaries++;
  }
  near(canaries / 2_000, 0.2);
  balancer.update(members.slice(1));
  assert.equal(
    shares(balancer, 100, kind, pickContextWithHeader("x-canary", "yes")).canary,
    undefined,
    "a rule without members is passed over",
  );
});

test("chooseSubset() by index uses every member equally often; by name a change of members changes little", () => {
  const ids = Array.from({ length: 300 }, (_, at) => `m${at}`);
  const uses = new Map<string, number>();
  for (let clientIndex = 0; clientIndex < 300; clientIndex++) {
    const chosen = chooseSubset(ids, { size: 30, clientIndex });
    assert.equal(new Set(chosen).size, 30);
    for (const id of chosen) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  assert.deepEqual(new Set(uses.values()), new Set([30]));
  const before = new Set(chooseSubset(ids, { size: 30, client: "c1" }));
  const after = chooseSubset(
    ids.filter((id) => id !== [...before][0]),
    { size: 30, client: "c1" },
  );
  assert.equal(after.filter((id) => !before.has(id)).length, 1);
});

test("subsetResolver() hands on only the subset", async () => {
  const endpoints = memberDoubles(100).map((member) => member.endpoint);
  const inner = async function* (): AsyncGenerator<{ endpoints: Endpoint[]; freshness: "fresh" }> {
    yield { endpoints, freshness: "fresh" };
  };
  const target = { scheme: "double", name: "x", parameters: new URLSearchParams(), text: "double://x" };
  for await (const resolution of subsetResolver(inner, { size: 7, client: "c" })(target, new AbortController().signal)) {
    assert.equal(resolution.endpoints.length, 7);
  }
});

test("sticky() keeps keys where they are when members join, moves them when theirs leaves, and remembers a bounded number", () => {
  const members = memberDoubles(10);
  const balancer = sticky({ child: roundRobin(), keysMax: 100 })(new EnvironmentDouble());
  balancer.update(members.slice(0, 5));
  const keys = Array.from({ length: 50 }, (_, at) => pickContextDouble({ key: `${at}` }));
  const before = keys.map((key) => balancer.pick(key, undefined));
  balancer.update(members);
  assert.deepEqual(
    keys.map((key) => balancer.pick(key, undefined)),
    before,
  );
  balancer.update(members.slice(1));
  keys.forEach((key, at) => {
    const now = balancer.pick(key, undefined);
    if (before[at] === members[0]) assert.notEqual(now, members[0]);
    else assert.equal(now, before[at]);
  });
  for (let at = 0; at < 1_000; at++) balancer.pick(pickContextDouble({ key: `other ${at}` }), undefined);
  assert.equal((balancer as unknown as { memberOf: Map<string, Member> }).memberOf.size, 100);
});

test("directed() sends a call to the endpoint that it names, or to nobody", () => {
  const members = memberDoubles(3);
  const { factory, endpoints } = directed(roundRobin());
  assert.deepEqual(endpoints(), []);
  const balancer = factory(new EnvironmentDouble());
  balancer.update(members);
  assert.deepEqual(endpoints(), ["m0", "m1", "m2"]);
  assert.equal(balancer.pick(pickContextWithHeader(ENDPOINT_HEADER, "m1"), undefined), members[1]);
  assert.equal(balancer.pick(pickContextWithHeader(ENDPOINT_HEADER, "gone"), undefined), undefined);
});

test("leastUsed() forgets what fell out of its window and takes the one unused for longest", () => {
  const environment = new EnvironmentDouble();
  const balancer = leastUsed({ count: "window", windowMs: 1_000 })(environment);
  const members = memberDoubles(3);
  balancer.update(members);
  const ids = (picks: number): string => Array.from({ length: picks }, () => balancer.pick(call, undefined)?.endpoint.id).join(" ");
  assert.equal(ids(4), "m0 m1 m2 m0");
  assert.equal(ids(2), "m1 m2");
  balancer.finished?.(members[0] as Member, { latencyMs: 1, error: undefined, trailers: undefined });
  assert.equal(ids(1), "m0");
  environment.atMs = 5_000;
  balancer.finished?.(members[0] as Member, { latencyMs: 1, error: undefined, trailers: undefined });
  assert.equal(ids(3), "m1 m2 m0", "all counts are 0 again; m0 was used last");
});
