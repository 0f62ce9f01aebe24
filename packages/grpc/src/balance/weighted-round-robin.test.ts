import assert from "node:assert/strict";
import { test } from "node:test";
import type { BalancerFactory, Member } from "./balancer.js";
import { decrementingRandom } from "./decrementing-random.js";
import { decrementingRoundRobin } from "./decrementing-round-robin.js";
import { EnvironmentDouble, type MemberDouble, memberDoubles, pickContextDouble } from "./member-double.js";
import { weightedRandom } from "./weighted-random.js";
import { weightedRoundRobin } from "./weighted-round-robin.js";

const call = pickContextDouble();

/** Picks as letters: the first member is A. */
function letters(factory: BalancerFactory, weights: readonly number[], picks: number): string {
  const members = memberDoubles(weights.length, weights);
  const balancer = factory(new EnvironmentDouble());
  balancer.update(members);
  let text = "";
  for (let at = 0; at < picks; at++) text += String.fromCharCode(65 + members.indexOf(balancer.pick(call, undefined) as MemberDouble));
  return text;
}

function counts(picks: readonly (Member | undefined)[]): Map<Member | undefined, number> {
  const counted = new Map<Member | undefined, number>();
  for (const pick of picks) counted.set(pick, (counted.get(pick) ?? 0) + 1);
  return counted;
}

/** nginx's rule as it is written down, with its scan of all members. */
function nginx(weights: readonly number[], picks: number): string {
  const credit = weights.map(() => 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let text = "";
  for (let at = 0; at < picks; at++) {
    weights.forEach((weight, member) => {
      credit[member] = (credit[member] as number) + weight;
    });
    const chosen = credit.indexOf(Math.max(...credit));
    credit[chosen] = (credit[chosen] as number) - total;
    text += String.fromCharCode(65 + chosen);
  }
  return text;
}

test("weightedRoundRobin() gives A A B A C A A for 5, 1, 1, cycle after cycle", () => {
  assert.equal(letters(weightedRoundRobin(), [5, 1, 1], 14), "AABACAAAABACAA");
});

test("weightedRoundRobin() is nginx's smooth round robin, pick for pick", () => {
  const { random } = new EnvironmentDouble(3);
  for (let round = 0; round < 200; round++) {
    const weights = Array.from({ length: 1 + Math.floor(random() * 14) }, () => 1 + Math.floor(random() * 9));
    assert.equal(letters(weightedRoundRobin(), weights, 150), nginx(weights, 150), `weights ${weights}`);
  }
});

test("weightedRoundRobin() is exact over a cycle also with hundreds of different weights", () => {
  const weights = Array.from({ length: 300 }, (_, at) => at + 1);
  const members = memberDoubles(300, weights);
  const balancer = weightedRoundRobin()(new EnvironmentDouble());
  balancer.update(members);
  const cycle = weights.reduce((sum, weight) => sum + weight, 0);
  for (let round = 0; round < 2; round++) {
    const counted = counts(Array.from({ length: cycle }, () => balancer.pick(call, undefined)));
    for (const member of members) assert.equal(counted.get(member), member.weight);
  }
});

test("weightedRoundRobin() takes up a new weight without a jump", () => {
  const members = memberDoubles(3, [5, 1, 1]);
  const balancer = weightedRoundRobin()(new EnvironmentDouble());
  balancer.update(members);
  for (let at = 0; at < 3; at++) balancer.pick(call, undefined);
  (members[1] as MemberDouble).weight = 5;
  (members[2] as MemberDouble).weight = 5;
  balancer.update(members);
  const counted = counts(Array.from({ length: 15 }, () => balancer.pick(call, undefined)));
  for (const member of members) assert.ok(Math.abs((counted.get(member) ?? 0) - 5) <= 1, `${counted.get(member)} of 15`);
  const next = counts(Array.from({ length: 150 }, () => balancer.pick(call, undefined)));
  for (const member of members) assert.ok(Math.abs((next.get(member) ?? 0) - 50) <= 1);
});

test("the decrementing variants give each member its weight in every cycle", () => {
  for (const make of [decrementingRoundRobin, decrementingRandom]) {
    for (const weights of [
      [5, 1, 1],
      [3, 2, 1],
      [1, 0, 4, 2],
    ]) {
      const cycle = weights.reduce((sum, weight) => sum + weight, 0);
      const picks = letters(make(), weights, 3 * cycle);
      for (let from = 0; from < picks.length; from += cycle) {
        weights.forEach((weight, member) => {
          const letter = String.fromCharCode(65 + member);
          assert.equal(picks.slice(from, from + cycle).split(letter).length - 1, weight, `${letter} in ${picks}`);
        });
      }
    }
  }
  assert.equal(letters(decrementingRoundRobin(), [5, 1, 1], 14), "ABCAAAAABCAAAA");
  assert.equal(letters(decrementingRoundRobin(), [3, 2, 1], 12), "ABCABAABCABA");
});

test("all weighted policies pick nobody, and return, when all weights are zero", () => {
  for (const make of [decrementingRoundRobin, decrementingRandom, weightedRandom, weightedRoundRobin]) {
    const balancer = make()(new EnvironmentDouble());
    balancer.update(memberDoubles(3, [0, 0, 0]));
    assert.equal(balancer.pick(call, undefined), undefined);
  }
});

test("weightedRandom() follows its weights (chi-square)", () => {
  const weights = [1, 2, 3, 10, 0.5];
  const members = memberDoubles(5, weights);
  let refused = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const balancer = weightedRandom()(new EnvironmentDouble(seed));
    balancer.update(members);
    const counted = counts(Array.from({ length: 16_500 }, () => balancer.pick(call, undefined)));
    const chiSquare = members.reduce((sum, member) => {
      const expected = member.weight * 1_000;
      return sum + ((counted.get(member) ?? 0) - expected) ** 2 / expected;
    }, 0);
    if (chiSquare > 18.47) refused++;
  }
  assert.ok(refused <= 1, `chi-square refuses the weights at 99.9% for ${refused} of 20 seeds`);
});
