import assert from "node:assert/strict";
import { test } from "node:test";
import type { Member } from "./balancer.js";
import { fnv1a32 } from "./hash.js";
import { ipHash } from "./ip-hash.js";
import { maglev } from "./maglev.js";
import { EnvironmentDouble, memberDoubles, pickContextDouble, pickContextWithHeader } from "./member-double.js";
import { ringHash } from "./ring-hash.js";

test("fnv1a32() gives the figures that FNV-1a publishes and those of the scenario", () => {
  assert.equal(fnv1a32(""), 0x811c9dc5);
  assert.equal(fnv1a32("a"), 0xe40c292c);
  assert.equal(fnv1a32("foobar"), 0xbf9cf968);
  assert.equal(fnv1a32("127.0.0.1"), 144953630);
  assert.equal(fnv1a32("192.168.1.100"), 536723748);
  assert.equal(fnv1a32("192.168.3.2"), 643646119);
});

test("fnv1a32() hashes the UTF-8 bytes of any text", () => {
  for (const text of ["é", "日本", "😀x", "\ud800", "a\u07ff\u0800\uffff"]) {
    const expected = new TextEncoder().encode(text).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
    assert.equal(fnv1a32(text), expected, text);
  }
});

test("ipHash() picks hash modulo members, in the order of their ids", () => {
  for (const [count, places] of [
    [3, [2, 0, 1]],
    [5, [0, 3, 4]],
  ] as const) {
    const members = memberDoubles(count);
    const balancer = ipHash()(new EnvironmentDouble());
    balancer.update([...members].reverse());
    ["127.0.0.1", "192.168.1.100", "192.168.3.2"].forEach((address, at) => {
      assert.equal(balancer.pick(pickContextDouble({ key: address }), undefined), members[places[at] as number], address);
    });
  }
});

test("ipHash() believes a forwarded address only where it is told to", () => {
  const members = memberDoubles(5);
  const call = pickContextWithHeader("x-forwarded-for", "192.168.1.100, 10.0.0.1");
  const trusting = ipHash({ trustForwarded: true, address: "127.0.0.1" })(new EnvironmentDouble());
  const wary = ipHash({ address: "127.0.0.1" })(new EnvironmentDouble());
  trusting.update(members);
  wary.update(members);
  assert.equal(trusting.pick(call, undefined), members[3]);
  assert.equal(wary.pick(call, undefined), members[0]);
});

test("ringHash() finds its key in metadata, a field, or a function's answer", () => {
  const members = memberDoubles(50);
  const wanted = ringHash()(new EnvironmentDouble());
  wanted.update(members);
  const expected = wanted.pick(pickContextDouble({ key: "u1" }), undefined);
  const calls = [
    [{ metadata: "x-user" }, pickContextWithHeader("x-user", "u1")],
    [{ field: "user.id" }, pickContextDouble({ request: { user: { id: "u1" } } })],
    [() => "u1", pickContextDouble()],
  ] as const;
  for (const [key, call] of calls) {
    const balancer = ringHash({ key })(new EnvironmentDouble());
    balancer.update(members);
    assert.equal(balancer.pick(call, undefined), expected);
  }
});

test("ringHash() spreads places as ketama does: shares differ by about 1 / sqrt(points)", () => {
  const members = memberDoubles(50);
  const balancer = ringHash({ points: 160 })(new EnvironmentDouble());
  balancer.update(members);
  const counts = new Map<Member, number>();
  const keys = 100_000;
  for (let at = 0; at < keys; at++) {
    const member = balancer.pick(pickContextDouble({ key: `object/${at}` }), undefined) as Member;
    counts.set(member, (counts.get(member) ?? 0) + 1);
  }
  const mean = keys / members.length;
  const deviation = Math.sqrt(members.reduce((sum, member) => sum + ((counts.get(member) ?? 0) / mean - 1) ** 2, 0) / members.length);
  assert.ok(deviation > 0.05 && deviation < 0.11, `relative deviation ${deviation}, expected about 0.079`);
});

test("ringHash() gives a joining member only what becomes its own, also while levels are merged", () => {
  const environment = new EnvironmentDouble();
  const members = memberDoubles(400);
  const balancer = ringHash()(environment);
  let present = members.slice(0, 100);
  balancer.update(present);
  const keys = Array.from({ length: 2_000 }, (_, at) => pickContextDouble({ key: `${at}` }));
  let before = keys.map((key) => balancer.pick(key, undefined));
  for (const newcomer of members.slice(100)) {
    present = [...present, newcomer];
    balancer.update(present);
    environment.runDeferred(2);
    const after = keys.map((key) => balancer.pick(key, undefined));
    after.forEach((member, at) => {
      assert.ok(member === before[at] || member === newcomer, "a key moved between two members that stayed");
    });
    before = after;
  }
  environment.runDeferred();
  assert.deepEqual(
    keys.map((key) => balancer.pick(key, undefined)),
    before,
  );
  const fresh = ringHash()(new EnvironmentDouble());
  fresh.update([...present].reverse());
  assert.deepEqual(
    keys.map((key) => fresh.pick(key, undefined)),
    before,
    "a client that starts later sees another ring",
  );
});

test("ringHash() with bounded load keeps every member under its bound when one key takes all", () => {
  const members = memberDoubles(10);
  const balancer = ringHash({ boundedLoad: 1.25 })(new EnvironmentDouble());
  balancer.update(members);
  const call = pickContextDouble({ key: "hot" });
  for (let at = 0; at < 100; at++) {
    const member = balancer.pick(call, undefined);
    assert.ok(member);
    (member as (typeof members)[0]).inFlight++;
  }
  const most = Math.max(...members.map((member) => member.inFlight));
  assert.ok(most <= Math.ceil(1.25 * (100 / 10)), `one member has ${most} of 100 calls`);
});

test("maglev() is as even as the paper says, and one change of a hundred members moves few keys", () => {
  const members = memberDoubles(100);
  const environment = new EnvironmentDouble();
  const balancer = maglev({ table: "small" })(environment);
  balancer.update(members);
  const keys = Array.from({ length: 100_000 }, (_, at) => pickContextDouble({ key: `flow ${at}` }));
  const before = keys.map((key) => balancer.pick(key, undefined));
  const counts = new Map<unknown, number>();
  for (const member of before) counts.set(member, (counts.get(member) ?? 0) + 1);
  const [least, most] = [Math.min(...counts.values()), Math.max(...counts.values())];
  assert.ok(least > 850 && most < 1_150, `shares from ${least} to ${most} of 1,000`);
  balancer.update(members.slice(1));
  environment.runDeferred();
  const moved = keys.filter((key, at) => before[at] !== members[0] && balancer.pick(key, undefined) !== before[at]).length;
  assert.ok(moved < 2_000, `${moved} of 100,000 keys moved besides those of the member that left`);
});

test("maglev() rebuilds in slices and never gives a member that left meanwhile", () => {
  const environment = new EnvironmentDouble();
  const balancer = maglev()(environment);
  const members = memberDoubles(300);
  balancer.update(members.slice(0, 200));
  balancer.update(members);
  environment.runDeferred(1);
  balancer.update(members.slice(100));
  const present = new Set(members.slice(100));
  const keys = Array.from({ length: 3_000 }, (_, at) => pickContextDouble({ key: `${at}` }));
  for (let slice = 0; slice < 8; slice++) {
    for (const key of keys) assert.ok(present.has(balancer.pick(key, undefined) as (typeof members)[0]));
    environment.runDeferred(1);
  }
  environment.runDeferred();
  const used = new Set(keys.map((key) => balancer.pick(key, undefined)));
  assert.ok(used.size > 190, `${used.size} of 200 members are used once the table stands`);
});
