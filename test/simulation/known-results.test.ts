import assert from "node:assert/strict";
import { test } from "node:test";
import { leastLoaded, RetryBudget, random, roundRobin } from "@consulrpc/grpc";
import { slowStart } from "@consulrpc/grpc/balance";
import { outlierEjection } from "@consulrpc/grpc/resilience";
import type { ClientPolicy } from "./client.js";
import { play, type Scenario } from "./scenario.js";
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

test("ejection with slow start does not oscillate: a member that has recovered stays, and the others' load stays level", () => {
  const events: string[] = [];
  const preset: ClientPolicy = {
    timeoutMs: 1_000,
    attemptsMax: 3,
    budget: (nowMs) => new RetryBudget({}, nowMs),
    balancer: outlierEjection({
      intervalMs: 2_000,
      baseEjectionMs: 4_000,
      child: slowStart({ windowMs: 5_000, child: roundRobin() }),
      onEvent: (event) => events.push(`${event.kind} ${event.subject}`),
    }),
  };
  const fault: Scenario = {
    ...allWell,
    clients: 1,
    rate: () => 4_000,
    durationMs: 40_000,
    countedFromMs: 25_000,
    plan: ({ world, servers }) => {
      const server = servers[3] as (typeof servers)[0];
      world.at(5_000, () => {
        server.failureShare = 0.9;
      });
      world.at(8_000, () => {
        server.failureShare = 0;
      });
    },
  };
  const { summary, goodput } = play(fault, preset);
  const ejections = events.filter((event) => event.startsWith("ejected"));
  assert.ok(ejections.length >= 1 && ejections.length <= 2, `ejected ${ejections.length} times: ${events.join(", ")}`);
  assert.ok(ejections.every((event) => event === "ejected m3"));
  assert.equal(events.at(-1), "returned m3");
  assert.equal(summary.success, 1);
  const settled = goodput.slice(25, 39);
  assert.ok(
    Math.max(...settled) - Math.min(...settled) < 600,
    `goodput swings from ${Math.min(...settled)} to ${Math.max(...settled)} a second`,
  );
});
