import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../clock/fake-clock.js";
import type { CheckDefinition } from "./check-definition.js";
import type { AliasedCheck, CheckOutcome, CheckStatus } from "./check-runner.js";
import { critical, type Probe, passing } from "./probe.js";
import { RUNS_MAX, ScheduledRunner, type ScheduledRunnerOptions } from "./scheduled-runner.js";

interface Bench {
  readonly clock: FakeClock;
  readonly runner: ScheduledRunner;
  readonly reports: string[];
  readonly reaped: string[];
  aliased: readonly AliasedCheck[] | undefined;
  next: CheckOutcome;
  runs: number;
}

function bench(options: Partial<ScheduledRunnerOptions> = {}): Bench {
  const clock = new FakeClock();
  const reports: string[] = [];
  const reaped: string[] = [];
  const state: Bench = {
    clock,
    reports,
    reaped,
    aliased: undefined,
    next: passing("fine"),
    runs: 0,
    runner: new ScheduledRunner({
      clock,
      random: () => 0.5,
      events: {
        report: (id, { status, output }) => reports.push(`${id} ${status} ${output}`),
        reap: (id, service) => reaped.push(`${id} ${service}`),
        aliased: () => state.aliased,
      },
      probe: async () => async () => {
        state.runs++;
        return state.next;
      },
      ...options,
    }),
  };
  return state;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function pass(state: Bench, milliseconds: number): Promise<void> {
  state.clock.advance(milliseconds);
  await settle();
}

const tcp: CheckDefinition = { serviceId: "web", tcp: "127.0.0.1:1", intervalMs: 10_000 };

test("the first run comes after a random part of the interval, then one each interval", async () => {
  const state = bench();
  state.runner.add("c", tcp);
  await pass(state, 4_999);
  assert.equal(state.runs, 0);
  await pass(state, 1);
  assert.equal(state.runs, 1);
  await pass(state, 9_999);
  assert.equal(state.runs, 1);
  await pass(state, 1);
  assert.equal(state.runs, 2);
  assert.deepEqual(state.reports, ["c passing fine"], "an unchanged outcome is not reported again");
});

test("intervals below a second are lengthened", async () => {
  const state = bench();
  state.runner.add("c", { ...tcp, intervalMs: 1 });
  for (let tenth = 0; tenth < 30; tenth++) await pass(state, 100);
  assert.equal(state.runs, 3);
});

test("a removed check runs no more, and what was under way is dropped and cancelled", async () => {
  let finish: (outcome: CheckOutcome) => void = () => {};
  let cancelled = false;
  const slow: Probe = (signal) => {
    signal.addEventListener("abort", () => {
      cancelled = true;
    });
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  const state = bench({ probe: async () => slow });
  state.runner.add("c", tcp);
  await pass(state, 5_000);
  state.runner.remove("c");
  assert.equal(cancelled, true);
  finish(passing("late"));
  await settle();
  await pass(state, 100_000);
  assert.deepEqual(state.reports, []);
});

test("a run that takes longer than the timeout is told to stop", async () => {
  const state = bench({
    probe: async () => (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(critical("timed out")))),
  });
  state.runner.add("c", { ...tcp, timeoutMs: 2_000 }, passing(""));
  await pass(state, 5_000);
  await pass(state, 2_000);
  assert.deepEqual(state.reports, ["c critical timed out"]);
});

test("SuccessBeforePassing and FailuresBefore... take that many runs in a row, but the first run counts at once", async () => {
  const state = bench();
  state.runner.add("c", { ...tcp, successBeforePassing: 2, failuresBeforeWarning: 2, failuresBeforeCritical: 3 });
  await pass(state, 5_000);
  state.next = critical("down");
  for (let run = 0; run < 3; run++) await pass(state, 10_000);
  state.next = passing("up");
  for (let run = 0; run < 2; run++) await pass(state, 10_000);
  assert.deepEqual(state.reports, ["c passing fine", "c warning down", "c critical down", "c passing up"]);
});

test("a TTL check turns critical when nobody beats, and says what was said last", async () => {
  const state = bench();
  state.runner.add("t", { serviceId: "", ttlMs: 10_000 });
  assert.equal(state.runner.beat("t", passing("well")), true);
  await pass(state, 9_000);
  state.runner.beat("t", { status: "warning", output: "so so" });
  await pass(state, 9_999);
  await pass(state, 1);
  state.runner.beat("t", passing("x".repeat(5_000)));
  assert.deepEqual(state.reports.slice(0, 3), [
    "t passing well",
    "t warning so so",
    "t critical TTL expired (last output before timeout follows): so so",
  ]);
  assert.equal(state.reports[3], `t passing ${"x".repeat(4_096)} ... (captured 4096 of 5000 bytes)`);
  assert.equal(state.runner.beat("nobody", passing("")), false);
  state.runner.add("c", tcp);
  assert.equal(state.runner.beat("c", passing("")), false);
});

test("an alias check mirrors at once, on a change, and each minute", async () => {
  const state = bench();
  const check = (name: string, status: CheckStatus): AliasedCheck => ({ id: name, name, status, output: `${name} out` });
  state.runner.add("a", { serviceId: "", aliasService: "db" });
  await pass(state, 0);
  state.aliased = [];
  state.runner.aliasesChanged();
  await pass(state, 0);
  state.aliased = [check("one", "passing"), check("two", "warning"), check("a", "critical")];
  await pass(state, 60_000);
  state.aliased = [check("two", "warning"), check("three", "critical"), check("four", "passing")];
  state.runner.aliasesChanged();
  await pass(state, 0);
  state.aliased = [check("one", "passing")];
  state.runner.aliasesChanged();
  await pass(state, 0);
  assert.deepEqual(state.reports, [
    "a critical Service db could not be found on node ",
    "a passing No checks found.",
    'a warning Aliased check "two" failing: two out',
    'a critical Aliased check "three" failing: three out',
    "a passing All checks passing.",
  ]);
});

test("a service that is critical for longer than DeregisterCriticalServiceAfter is reaped, not before, and not after it recovered", async () => {
  const state = bench();
  state.runner.add("c", { serviceId: "web", ttlMs: 1_000, deregisterCriticalServiceAfterMs: 5_000 });
  state.runner.add("d", { serviceId: "db", ttlMs: 200_000, deregisterCriticalServiceAfterMs: 90_000 });
  state.runner.beat("d", passing(""));
  await pass(state, 60_000);
  assert.deepEqual(state.reaped, [], "at least a minute");
  await pass(state, 30_000);
  assert.deepEqual(state.reaped, ["c web"]);
  state.runner.remove("c");
  await pass(state, 110_000);
  await pass(state, 60_000);
  state.runner.beat("d", passing(""));
  await pass(state, 180_000);
  assert.deepEqual(state.reaped, ["c web"]);
});

test("no more than RUNS_MAX runs are under way; the others get their turn", async () => {
  const finish: (() => void)[] = [];
  const state = bench({
    probe: async () => () => {
      state.runs++;
      return new Promise((resolve) => finish.push(() => resolve(passing(""))));
    },
  });
  for (let index = 0; index < 1_000; index++) state.runner.add(`c${index}`, { ...tcp, intervalMs: 1_000 });
  await pass(state, 500);
  assert.equal(state.runs, RUNS_MAX);
  for (let round = 0; round < 10; round++) {
    for (const end of finish.splice(0)) end();
    await settle();
  }
  assert.equal(state.runs, 1_000);
  await state.runner.close();
});

test("close() leaves no timer behind", async () => {
  const state = bench();
  state.runner.add("c", { ...tcp, deregisterCriticalServiceAfterMs: 1 });
  state.runner.add("t", { serviceId: "", ttlMs: 5 });
  state.runner.add("a", { serviceId: "", aliasService: "x" });
  await state.runner.close();
  assert.equal(state.clock.pending, 0);
});
