import assert from "node:assert/strict";
import { test } from "node:test";
import { leastLoaded, RetryBudget, random, roundRobin } from "@consulrpc/grpc";
import type { ClientPolicy } from "./client.js";
import { play } from "./scenario.js";
import { allWell, oneSlow, retryStorm } from "./scenarios.js";

const plain = { timeoutMs: 1_000 };

test("a run with the same seed is the same run, and another seed is another", () => {
  const policy: ClientPolicy = { ...plain, balancer: random() };
  const short = { ...allWell, durationMs: 4_000, countedFromMs: 1_000 };
  assert.deepEqual(play(short, policy, 7).summary, play(short, policy, 7).summary);
  assert.notDeepEqual(play(short, policy, 7).summary, play(short, policy, 8).summary);
});

test("least loaded beats round robin by far with one slow member", () => {
  const even = play(oneSlow, { ...plain, balancer: roundRobin() }).summary;
  const loaded = play(oneSlow, { ...plain, balancer: leastLoaded() }).summary;
  assert.ok(loaded.p99Ms < 0.2 * even.p99Ms, `p99 ${loaded.p99Ms.toFixed(1)} ms against ${even.p99Ms.toFixed(1)} ms`);
  assert.ok(loaded.success >= even.success);
});

test("two choices keep the tail shorter than chance among equals", () => {
  const loaded = play(allWell, { ...plain, balancer: leastLoaded() }).summary;
  const chance = play(allWell, { ...plain, balancer: random() }).summary;
  assert.ok(loaded.p99Ms < chance.p99Ms, `p99 ${loaded.p99Ms} ms against ${chance.p99Ms} ms`);
});

test("retries without a budget keep an overload of 10% alive; with one, or with none, it ends with its cause", () => {
  const storm: ClientPolicy = { timeoutMs: 300, balancer: roundRobin(), attemptsMax: 4 };
  const unbudgeted = play(retryStorm, storm).summary;
  const budgeted = play(retryStorm, { ...storm, budget: (nowMs) => new RetryBudget({}, nowMs) }).summary;
  const none = play(retryStorm, { ...storm, attemptsMax: 1 }).summary;
  assert.ok(unbudgeted.success < 0.5, `without a budget ${unbudgeted.success} succeed: the storm did not last`);
  assert.ok(budgeted.success > 0.99, `with a budget ${budgeted.success} succeed`);
  assert.ok(none.success > 0.99, `without retries ${none.success} succeed`);
});
