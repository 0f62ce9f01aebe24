import assert from "node:assert/strict";
import { test } from "node:test";
import { ENDPOINT_HEADER } from "../balance/directed.js";
import { Code } from "../call/code.js";
import type { Interceptor, Next } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import { CallDouble } from "./call-double.js";
import { ClockDouble } from "./clock.js";
import { Collapse } from "./collapse.js";
import { available, broadcast, failback, failfast, failover, failsafe, forking, mock } from "./fail-mode.js";
import { fallback } from "./fallback.js";
import { StaleCache } from "./stale-cache.js";

const gone = new RpcError(Code.UNAVAILABLE, "gone");
const fails: Next = () => Promise.reject(gone);
const fanOut = { endpoints: () => ["a", "b", "c"] };
/** Answers with the endpoint that the call was sent to. */
const echoEndpoint: Next = async (call) => call.metadata.get(ENDPOINT_HEADER);

function run(interceptor: Interceptor | undefined, next: Next, call: CallDouble = new CallDouble()): Promise<unknown> {
  assert.ok(interceptor);
  return interceptor(next)(call) as Promise<unknown>;
}

test("failover() is a retry policy of the channel's, failfast() is none, available() takes the first", () => {
  assert.equal(failover(4).retryPolicy?.maxAttempts, 4);
  assert.deepEqual(failfast(), { name: "failfast" });
  assert.equal(typeof available().balancer, "function");
  assert.throws(() => failover(9), /failover\.attempts must be an integer from 2 up to 5, got 9/);
});

test("failsafe() answers with its value and tells of the error", async () => {
  const seen: number[] = [];
  assert.equal(await run(failsafe("nothing", (error) => seen.push(error.code)).interceptor, fails), "nothing");
  assert.deepEqual(seen, [Code.UNAVAILABLE]);
});

test("failback() makes a failed call again later, a bounded number of times from a bounded queue", async () => {
  const clock = new ClockDouble();
  const dropped: string[] = [];
  const mode = failback({ clock, queueMax: 2, delayMs: 100, attemptsMax: 2, value: "later", onEvent: (event) => dropped.push(event.kind) });
  let calls = 0;
  const twice: Next = () => (++calls < 3 ? Promise.reject(gone) : Promise.resolve("done"));
  assert.equal(await run(mode.interceptor, twice), "later");
  for (let at = 0; at < 3; at++) {
    clock.advance(100);
    await new Promise(setImmediate);
  }
  assert.equal(calls, 3);
  assert.deepEqual(mode.queue.gauges(), { waiting: 0, dropped: 0, recovered: 1 });
  assert.equal(await run(mode.interceptor, fails), "later");
  assert.equal(await run(mode.interceptor, fails), "later");
  await assert.rejects(run(mode.interceptor, fails), gone, "the queue is full: the caller keeps the error");
  for (let at = 0; at < 3; at++) {
    clock.advance(100);
    await new Promise(setImmediate);
  }
  assert.deepEqual(dropped, ["dropped", "dropped"]);
  mode.queue.close();
});

test("forking() takes the first answer of several endpoints, in turns, and fails when all do", async () => {
  const mode = forking(fanOut, 2);
  const sent: unknown[] = [];
  const slowA: Next = async (call) => {
    const endpoint = call.metadata.get(ENDPOINT_HEADER);
    sent.push(endpoint);
    if (endpoint === "a") throw gone;
    return endpoint;
  };
  assert.equal(await run(mode.interceptor, slowA), "b");
  assert.equal(await run(mode.interceptor, slowA), "c");
  assert.deepEqual(sent, ["a", "b", "c", "a"]);
  await assert.rejects(run(mode.interceptor, fails), /all 2 forks failed, the first: gone/);
});

test("broadcast() calls everybody, merges the answers, and names the endpoint that failed", async () => {
  assert.deepEqual(await run(broadcast(fanOut, (answers) => answers.join("")).interceptor, echoEndpoint), "abc");
  const bFails: Next = async (call) => {
    if (call.metadata.get(ENDPOINT_HEADER) === "b") throw gone;
    return 1;
  };
  await assert.rejects(run(broadcast(fanOut).interceptor, bFails), /1 of 3 endpoints failed, b: gone/);
  await assert.rejects(run(broadcast({ endpoints: () => [] }).interceptor, echoEndpoint), /there is no endpoint/);
});

test("mock() makes no call", async () => {
  assert.equal(await run(mock((request) => `mocked ${request}`).interceptor, fails, new CallDouble({ request: "x" })), "mocked x");
});

test("fallback() answers for the server's faults only", async () => {
  assert.equal(
    await run(
      fallback(() => "default"),
      fails,
    ),
    "default",
  );
  const notFound = new RpcError(Code.NOT_FOUND, "no");
  await assert.rejects(
    run(
      fallback(() => "default"),
      () => Promise.reject(notFound),
    ),
    notFound,
  );
});

test("StaleCache gives the last good answer while calls fail, to the same caller, for a time, and only for safe methods", async () => {
  let nowMs = 0;
  const cache = new StaleCache({ staleMs: 1_000, entriesMax: 2 }, () => nowMs);
  let failing = false;
  const next: Next = (call) => (failing ? Promise.reject(gone) : Promise.resolve(`for ${JSON.stringify(call.request)}`));
  const ask = (parts: ConstructorParameters<typeof CallDouble>[0]): Promise<unknown> => run(cache.interceptor, next, new CallDouble(parts));
  await ask({ request: { a: 1, b: 2 } });
  failing = true;
  assert.equal(await ask({ request: { b: 2, a: 1 } }), 'for {"a":1,"b":2}');
  await assert.rejects(ask({ request: { a: 2 } }), gone);
  await assert.rejects(ask({ request: { a: 1, b: 2 }, headers: { authorization: "other" } }), gone);
  await assert.rejects(ask({ request: { a: 1, b: 2 }, idempotent: false }), gone);
  nowMs = 1_000;
  await assert.rejects(ask({ request: { a: 1, b: 2 } }), gone);
  failing = false;
  for (let at = 0; at < 10; at++) await ask({ request: at });
  assert.equal(cache.gauges().entries, 2);
});

test("Collapse makes one call of equal ones at the same time; who joins is not hurt when the first gives up", async () => {
  const collapse = new Collapse();
  const waiting: { resolve: (value: unknown) => void; reject: (error: unknown) => void }[] = [];
  const next: Next = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const start = (call: CallDouble): Promise<unknown> => run(collapse.interceptor, next, call);
  const answers = [start(new CallDouble({ request: 1 })), start(new CallDouble({ request: 1 })), start(new CallDouble({ request: 2 }))];
  assert.equal(waiting.length, 2);
  waiting[0]?.resolve("one");
  waiting[1]?.resolve("two");
  assert.deepEqual(await Promise.all(answers), ["one", "one", "two"]);

  const first = new CallDouble({ request: 3 });
  const impatient = new CallDouble({ request: 3 });
  const own = start(first);
  const joined = start(new CallDouble({ request: 3 }));
  const leaves = start(impatient);
  impatient.controller.abort();
  await assert.rejects(leaves, /cancelled/);
  first.controller.abort();
  waiting[2]?.reject(new RpcError(Code.CANCELLED, "by its caller"));
  await assert.rejects(own, /by its caller/);
  await new Promise(setImmediate);
  waiting[3]?.resolve("its own");
  assert.equal(await joined, "its own");
  assert.equal(collapse.gauges().running, 0);
});
