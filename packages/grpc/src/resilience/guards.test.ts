import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../balance/seeded-random.js";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { Breaker } from "./breaker.js";
import { Bulkhead } from "./bulkhead.js";
import { CallDouble } from "./call-double.js";
import { ConcurrencyLimit } from "./concurrency-limit.js";
import { type Guard, guarded } from "./guard.js";
import { LoadShedding, PRIORITY_HEADER } from "./load-shedding.js";
import { RateLimit } from "./rate-limit.js";
import { AdaptiveThrottle } from "./throttle.js";

const call = new CallDouble();
const fault = new RpcError(Code.UNAVAILABLE, "gone");

test("AdaptiveThrottle follows the curve of SRE ch. 21: of a backend that accepts a share a, about 2a of the calls are sent", () => {
  for (const accepted of [1, 0.6, 0.4, 0.25, 0.1]) {
    const random = seededRandom(5);
    const throttle = new AdaptiveThrottle({ ratio: 2, windowMs: 10_000 }, random);
    // The backend takes so many calls a second of 1,000 that are wanted.
    const perSecond = 1_000 * accepted;
    let sent = 0;
    let served = 0;
    let tokens = 0;
    for (let at = 0; at < 60_000; at++) {
      tokens = Math.min(10, tokens + perSecond / 1_000);
      if (!throttle.admit(at)) continue;
      const ok = tokens >= 1;
      if (ok) tokens -= 1;
      throttle.done(at, ok);
      if (at < 30_000) continue;
      sent++;
      if (ok) served++;
    }
    const expected = Math.min(1, 2 * accepted);
    assert.ok(Math.abs(sent / 30_000 - expected) < 0.06, `accepting ${accepted}: sent ${sent / 30_000}, expected ${expected}`);
    assert.ok(served / 30_000 > accepted * 0.9, "throttling must not starve a backend of what it can do");
  }
});

test("AdaptiveThrottle does not take calls under way for refused ones", () => {
  const throttle = new AdaptiveThrottle();
  for (let at = 0; at < 1_000; at++) assert.equal(throttle.admit(0), true);
  for (let at = 0; at < 1_000; at++) throttle.done(5, true);
  assert.equal(throttle.refusalShare, 0);
});

test("AdaptiveThrottle recovers when the backend does", () => {
  const throttle = new AdaptiveThrottle({ windowMs: 1_000 }, seededRandom(1));
  for (let at = 0; at < 1_000; at++) if (throttle.admit(at)) throttle.done(at, false);
  assert.ok(throttle.refusalShare > 0.9);
  let refused = 0;
  for (let at = 1_000; at < 12_000; at++) {
    if (!throttle.admit(at)) refused += at > 10_000 ? 1 : 0;
    else throttle.done(at, true);
  }
  assert.equal(refused, 0);
});

test("Breaker opens on failures, tries after openMs, and closes when all probes succeed", () => {
  const events: string[] = [];
  const breaker = new Breaker({ callsMin: 10, openMs: 1_000, probes: 2 }, "/s/m", (event) => events.push(event.kind));
  for (let at = 0; at < 9; at++) breaker.leave(call, at, 1, fault);
  assert.equal(breaker.state, "closed", "too few calls to judge");
  breaker.leave(call, 9, 1, fault);
  assert.equal(breaker.state, "open");
  assert.match(String(breaker.enter(call, 500)), /circuit breaker of \/double\.Service\/Call is open, next try in 509 ms/);
  assert.equal(breaker.enter(call, 1_100), undefined);
  assert.equal(breaker.enter(call, 1_100), undefined);
  assert.ok(breaker.enter(call, 1_100), "only two probes");
  breaker.leave(call, 1_110, 1, undefined);
  breaker.leave(call, 1_110, 1, undefined);
  assert.equal(breaker.state, "closed");
  assert.deepEqual(events, ["opened", "half-open", "closed"]);
});

test("Breaker opens again when a probe fails, and does not stay half open when probes never end", () => {
  const breaker = new Breaker({ callsMin: 1, openMs: 1_000, probes: 1 });
  breaker.done(0, true);
  assert.equal(breaker.admit(1_000), true);
  breaker.done(1_001, true);
  assert.equal(breaker.state, "open");
  assert.equal(breaker.admit(2_001), true);
  assert.equal(breaker.admit(2_500), false);
  assert.equal(breaker.admit(3_100), true, "a probe that never ended blocks the breaker");
});

test("Breaker does not count errors of the request, nor calls that fell out of the window", () => {
  const breaker = new Breaker({ callsMin: 10, windowMs: 1_000 });
  for (let at = 0; at < 100; at++) breaker.leave(call, at, 1, new RpcError(Code.NOT_FOUND, "no such user"));
  assert.equal(breaker.state, "closed");
  const slow = new Breaker({ callsMin: 10, windowMs: 1_000 });
  for (let at = 0; at < 100; at++) slow.leave(call, at * 500, 1, fault);
  assert.equal(slow.state, "closed", "two failures a second are not ten");
});

test("Bulkhead refuses one call more than it holds, and takes places back", () => {
  const bulkhead = new Bulkhead({ callsMax: 2 });
  assert.equal(bulkhead.enter(call), undefined);
  assert.equal(bulkhead.enter(call), undefined);
  assert.equal(bulkhead.enter(call)?.code, Code.RESOURCE_EXHAUSTED);
  bulkhead.leave();
  assert.equal(bulkhead.enter(call), undefined);
});

test("ConcurrencyLimit falls while latency grows, stays near what the server takes for minutes, and rises when it can", () => {
  const limit = new ConcurrencyLimit({ limitMin: 16, limitAtFirst: 50 });
  let nowMs = 0;
  /** A server that takes so many calls at a time at 5 ms each; what comes above waits. */
  const serve = (capacity: number, durationMs: number): number => {
    for (const endMs = nowMs + durationMs; nowMs < endMs; ) {
      let running = 0;
      while (limit.admit()) running++;
      const latencyMs = 5 * Math.max(1, running / capacity);
      nowMs += latencyMs;
      for (let at = 0; at < running; at++) limit.done(nowMs, latencyMs, true);
    }
    return limit.gauges().limit as number;
  };
  const grown = serve(400, 75_000);
  assert.ok(grown > 400 && grown < 1_200, `limit ${grown} for a server that takes 400`);
  const fallen = serve(40, 315_000);
  assert.ok(fallen >= 40 && fallen < 160, `limit ${fallen} after five minutes of a server that takes 40`);
  const risen = serve(400, 135_000);
  assert.ok(risen > 400 && risen < 1_200, `limit ${risen} for a server that takes 400 again`);
});

test("RateLimit's bucket allows its burst, then its rate; its window never more than a second's calls", () => {
  const bucket = new RateLimit({ callsPerSecond: 100, burst: 10 });
  const window = new RateLimit({ callsPerSecond: 100, algorithm: "sliding-window" });
  let inBucket = 0;
  let inWindow = 0;
  for (let at = 0; at < 10_000; at += 0.5) {
    if (bucket.enter(call, at) === undefined) inBucket++;
    if (window.enter(call, at) === undefined) inWindow++;
  }
  assert.ok(Math.abs(inBucket - 1_010) <= 2, `${inBucket}`);
  assert.ok(inWindow <= 1_001 && inWindow > 950, `${inWindow}`);
  assert.match(
    String(bucket.enter(call, 10_000) ?? bucket.enter(call, 10_000)),
    /rate limit of 100 calls a second is reached for \/double/,
  );
});

test("RateLimit holds each caller to its own limit, and remembers a bounded number of them", () => {
  const limit = new RateLimit({ callsPerSecond: 1, per: "caller", keysMax: 10 });
  const from = (host: string): CallDouble => new CallDouble({ peer: `${host}:4000` });
  assert.equal(limit.enter(from("10.0.0.1"), 0), undefined);
  assert.ok(limit.enter(from("10.0.0.1"), 0));
  assert.equal(limit.enter(from("10.0.0.2"), 0), undefined);
  for (let at = 0; at < 1_000; at++) limit.enter(from(`10.1.0.${at}`), 0);
  assert.equal(limit.gauges().keys, 10);
});

test("RateLimit refuses contradictions by name", () => {
  assert.throws(
    () => new RateLimit({ callsPerSecond: 10, algorithm: "sliding-window", burst: 5 }),
    /rateLimit\.burst contradicts rateLimit\.algorithm/,
  );
  assert.throws(
    () => new RateLimit({ callsPerSecond: 10, per: "moon" }),
    /rateLimit\.per must be "method", "caller" or "metadata:NAME", got "moon"/,
  );
  assert.throws(() => new RateLimit({} as { callsPerSecond: number }), /rateLimit\.callsPerSecond must be a number/);
});

test("LoadShedding refuses the least important calls first", () => {
  let delayMs = 0;
  const shedding = new LoadShedding({ loopDelayMs: 50 }, { loopDelayMs: () => delayMs, cpuShare: () => 0 }, seededRandom(2));
  const shares = (): number[] =>
    ["sheddable", "default", "critical"].map((priority) => {
      const important = new CallDouble({ headers: { [PRIORITY_HEADER]: priority } });
      let refused = 0;
      for (let at = 0; at < 1_000; at++) if (shedding.enter(important) !== undefined) refused++;
      return refused / 1_000;
    });
  delayMs = 40;
  assert.deepEqual(shares(), [0, 0, 0]);
  delayMs = 75;
  const [half = 0, ...rest] = shares();
  assert.ok(half > 0.4 && half < 0.6);
  assert.deepEqual(rest, [0, 0]);
  delayMs = 150;
  assert.deepEqual(shares(), [1, 1, 0]);
  delayMs = 1_000;
  assert.deepEqual(shares(), [1, 1, 1]);
});

test("guarded() gives back what earlier guards took when a later one refuses, and tells all of them how calls end", async () => {
  const log: string[] = [];
  const guard = (name: string, refuse: boolean): Guard => ({
    enter: () => {
      log.push(`${name} enter`);
      return refuse ? fault : undefined;
    },
    leave: (_call, _nowMs, latencyMs, error) => log.push(`${name} leave ${latencyMs} ${error?.code ?? "ok"}`),
    abandon: () => log.push(`${name} abandon`),
    gauges: () => ({}),
  });
  let nowMs = 0;
  await assert.rejects(guarded([guard("a", false), guard("b", true)], () => 0)(() => Promise.resolve())(call) as Promise<unknown>, fault);
  assert.deepEqual(log.splice(0), ["a enter", "b enter", "a abandon"]);
  const pass = guarded([guard("a", false), guard("b", false)], () => nowMs++);
  assert.equal(await pass(() => Promise.resolve("answer"))(call), "answer");
  assert.deepEqual(log.splice(0), ["a enter", "b enter", "b leave 1 ok", "a leave 1 ok"]);
  await assert.rejects(pass(() => Promise.reject(fault))(call) as Promise<unknown>, fault);
  assert.deepEqual(log.splice(0).slice(2), ["b leave 1 14", "a leave 1 14"]);
  const items: unknown[] = [];
  const streaming = new CallDouble({ kind: "server-streaming" });
  async function* numbers(): AsyncIterable<unknown> {
    yield* [1, 2, 3];
  }
  for await (const item of pass(numbers)(streaming) as AsyncIterable<unknown>) {
    items.push(item);
    if (items.length === 2) break;
  }
  assert.deepEqual(log.splice(0).slice(2), ["b leave 1 ok", "a leave 1 ok"], "a stream that is left early has ended too");
});
