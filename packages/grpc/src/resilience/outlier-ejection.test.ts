import assert from "node:assert/strict";
import { test } from "node:test";
import type { Balancer, Member } from "../balance/balancer.js";
import { EnvironmentDouble, memberDoubles, pickContextDouble } from "../balance/member-double.js";
import { roundRobin } from "../balance/round-robin.js";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { endpointBreakers } from "./endpoint-breakers.js";
import { type OutlierEjectionOptions, outlierEjection } from "./outlier-ejection.js";

const fault = new RpcError(Code.UNAVAILABLE, "gone");
const call = pickContextDouble();

function started(
  options: OutlierEjectionOptions,
  count: number,
): { balancer: Balancer; members: Member[]; environment: EnvironmentDouble; events: string[] } {
  const environment = new EnvironmentDouble();
  const events: string[] = [];
  const onEvent: OutlierEjectionOptions["onEvent"] = (event) => events.push(`${event.kind} ${event.subject}`);
  const balancer = outlierEjection({ child: roundRobin(), onEvent, ...options })(environment);
  const members = memberDoubles(count);
  balancer.update(members);
  return { balancer, members, environment, events };
}

/** Calls one after the other, 1 ms each; members named fail with their share. Says how many went to each. */
function run(balancer: Balancer, environment: EnvironmentDouble, calls: number, failing: ReadonlyMap<Member, number>): Map<Member, number> {
  const counts = new Map<Member, number>();
  for (let at = 0; at < calls; at++) {
    const member = balancer.pick(call, undefined) as Member;
    counts.set(member, (counts.get(member) ?? 0) + 1);
    environment.atMs += 1;
    const error = environment.random() < (failing.get(member) ?? 0) ? fault : undefined;
    balancer.finished?.(member, { latencyMs: 1, error, trailers: undefined });
  }
  return counts;
}

test("outlierEjection() ejects by success rate and by failure percentage at the end of an interval (A50)", () => {
  for (const options of [
    { consecutiveFaults: 0, failurePercentageThreshold: 100 },
    { consecutiveFaults: 0, successRateStdevFactor: 1e9, failurePercentageThreshold: 40 },
  ]) {
    const { balancer, members, environment, events } = started(options, 10);
    const failing = new Map([[members[3] as Member, 0.5]]);
    run(balancer, environment, 10_001, failing);
    assert.deepEqual(events, ["ejected m3"]);
    assert.equal(run(balancer, environment, 5_000, failing).get(members[3] as Member), undefined);
  }
});

test("outlierEjection() ejects after faults in a row, for a time that grows with each ejection, and lets come back", () => {
  const { balancer, members, environment, events } = started({ intervalMs: 1_000, baseEjectionMs: 10_000 }, 10);
  const failing = new Map([[members[3] as Member, 1]]);
  run(balancer, environment, 100, failing);
  assert.deepEqual(events, ["ejected m3"]);
  run(balancer, environment, 12_000, failing);
  assert.deepEqual(events, ["ejected m3", "returned m3", "ejected m3"]);
  run(balancer, environment, 15_000, failing);
  assert.equal(events.length, 3, "the second time takes 20 s");
  run(balancer, environment, 10_000, new Map());
  assert.deepEqual(events.slice(3), ["returned m3"]);
  assert.ok((run(balancer, environment, 1_000, new Map()).get(members[3] as Member) ?? 0) > 90);
});

test("outlierEjection() never ejects more than its share, nor the last member", () => {
  const ten = started({}, 10);
  run(ten.balancer, ten.environment, 30_000, new Map(ten.members.map((member) => [member, 1])));
  assert.equal(ten.events.filter((event) => event.startsWith("ejected")).length, 1);
  const one = started({ maxEjectionPercent: 100 }, 1);
  run(one.balancer, one.environment, 1_000, new Map([[one.members[0] as Member, 1]]));
  assert.deepEqual(one.events, []);
});

test("outlierEjection() keeps its record through updates and forgets members that are gone", () => {
  const { balancer, members, environment } = started({}, 10);
  run(balancer, environment, 100, new Map([[members[3] as Member, 1]]));
  balancer.update([...members]);
  assert.equal(run(balancer, environment, 1_000, new Map()).get(members[3] as Member), undefined);
  const fresh = memberDoubles(10);
  balancer.update(fresh);
  assert.equal(run(balancer, environment, 1_000, new Map()).size, 10);
});

test("endpointBreakers() passes over a member whose breaker is open, probes it later, and never fails a call", () => {
  const environment = new EnvironmentDouble();
  const balancer = endpointBreakers({ child: roundRobin(), callsMin: 10, openMs: 1_000 })(environment);
  const members = memberDoubles(4);
  balancer.update(members);
  const [broken] = members as [Member];
  run(balancer, environment, 200, new Map([[broken, 1]]));
  assert.equal(run(balancer, environment, 200, new Map()).get(broken), undefined);
  environment.atMs += 2_000;
  const after = run(balancer, environment, 400, new Map());
  assert.ok((after.get(broken) ?? 0) > 80, "a member that is well again gets its share back");
  run(balancer, environment, 400, new Map(members.map((member) => [member, 1])));
  for (let at = 0; at < 10; at++) assert.ok(balancer.pick(call, undefined));
});
