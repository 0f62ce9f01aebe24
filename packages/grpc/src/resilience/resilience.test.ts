import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../call/code.js";
import type { Next } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import { CallDouble } from "./call-double.js";
import { defaultClientPolicy, parseResiliencePolicies, type ResiliencePolicies } from "./policy.js";
import { clientPreset } from "./preset.js";
import { Resilience } from "./resilience.js";

const fails: Next = () => Promise.reject(new RpcError(Code.UNAVAILABLE, "gone"));
const answers: Next = () => Promise.resolve("fine");

test("parseResiliencePolicies() names the field at fault with its whole path", () => {
  const refused: [unknown, RegExp][] = [
    [{ defaults: {} }, /policies\.defaults is not an option; known are default, methods/],
    [{ default: { retries: {} } }, /policies\.default\.retries is not an option; known are timeoutMs/],
    [{ default: { retry: { attempts: 3 } } }, /policies\.default\.retry\.attempts is not an option; known are attemptsMax/],
    [{ default: { retry: { attemptsMax: 99 } } }, /policies\.default: retry\.attemptsMax must be an integer from 2 up to 5, got 99/],
    [{ default: { retry: { codes: ["OK"] } } }, /retry\.codes: "OK" is not a code that can be retried/],
    [{ default: { retry: {}, hedging: {} } }, /policies\.default has both retry and hedging/],
    [{ default: { timeoutMs: -1 } }, /policies\.default\.timeoutMs must be a number above 0, got -1/],
    [{ default: { bulkhead: { callsMax: "many" } } }, /policies\.default: bulkhead\.callsMax must be a number, got "many"/],
    [{ methods: { "a.B/C": { rateLimit: {} } } }, /policies\.methods\["a\.B\/C"\]: rateLimit\.callsPerSecond/],
    [{ methods: { "a.B/C": { budget: {} } } }, /belongs to the whole channel/],
    [{ methods: { "a b": {} } }, /"a b" is neither "package\.Service" nor/],
    [{ default: null }, /policies\.default must be an object, got null/],
  ];
  for (const [value, message] of refused) assert.throws(() => parseResiliencePolicies(value), message, JSON.stringify(value));
  const good: ResiliencePolicies = { default: defaultClientPolicy, methods: { "a.B": { breaker: {} }, "a.B/C": { timeoutMs: 5 } } };
  assert.deepEqual(parseResiliencePolicies(JSON.parse(JSON.stringify(good))), good);
});

test("Resilience takes the nearest policy: of the method, else of the service, else the default", async () => {
  const refuse = { callsPerSecond: 0.001, burst: 1 };
  const resilience = new Resilience({ methods: { "a.B": { rateLimit: refuse }, "a.B/Free": {} } }, { nowMs: () => 0 });
  const ask = (path: string): Promise<unknown> => resilience.interceptor(answers)(new CallDouble({ path })) as Promise<unknown>;
  await ask("/a.B/C");
  await assert.rejects(ask("/a.B/C"), /rate limit/);
  for (let at = 0; at < 3; at++) await ask("/a.B/Free");
  for (let at = 0; at < 3; at++) await ask("/x.Y/Z");
});

test("Resilience changes policies while calls run: parts that stay the same keep their state, invalid ones change nothing", async () => {
  const policies: ResiliencePolicies = { default: { breaker: { callsMin: 2, openMs: 60_000 } } };
  const events: string[] = [];
  const resilience = new Resilience(policies, {
    nowMs: () => 0,
    onEvent: (event) => events.push(`${event.part} ${event.kind} ${event.subject}`),
  });
  const chain = resilience.interceptor(fails);
  const path = "/a.B/C";
  const ask = (): Promise<unknown> => chain(new CallDouble({ path })) as Promise<unknown>;
  await assert.rejects(ask(), /gone/);
  await assert.rejects(ask(), /gone/);
  await assert.rejects(ask(), /circuit breaker/);
  assert.deepEqual(events, ["breaker opened /a.B/C"]);
  resilience.set({ default: { ...policies.default, bulkhead: {} } });
  await assert.rejects(ask(), /circuit breaker/, "the open breaker was forgotten");
  assert.equal(resilience.gauges()[path]?.["breaker.state"], 2);
  assert.equal(resilience.gauges()[path]?.["bulkhead.callsMax"], 1_000);
  assert.throws(() => resilience.set({ default: { breaker: { probes: 0 } } }), RangeError);
  await assert.rejects(ask(), /circuit breaker/);
  resilience.set({ default: { breaker: { callsMin: 3 } } });
  await assert.rejects(ask(), /gone/, "changed options make a new part");
});

test("Resilience hands the channel its part as service config", () => {
  const { methodConfig, retryThrottling } = new Resilience({
    default: { ...defaultClientPolicy, timeoutMs: 1_500 },
    methods: { "a.B/C": { hedging: { delayMs: 5 } } },
  }).serviceConfig();
  assert.deepEqual(retryThrottling, { maxTokens: 100, tokenRatio: 0.2 });
  assert.deepEqual(methodConfig?.[0], {
    name: [{ service: "a.B", method: "C" }],
    hedgingPolicy: { maxAttempts: 2, hedgingDelay: "0.005s" },
  });
  assert.deepEqual(methodConfig?.[1], {
    name: [{}],
    timeout: "1.5s",
    retryPolicy: { maxAttempts: 3, initialBackoff: "0.01s", maxBackoff: "1s", backoffMultiplier: 2, retryableStatusCodes: ["UNAVAILABLE"] },
  });
});

test("clientPreset() puts nothing around calls unless a policy needs it", () => {
  assert.deepEqual(clientPreset().interceptors, []);
  assert.equal(clientPreset({ policies: { methods: { "a.B": { breaker: {} } } } }).interceptors.length, 1);
});

test("Resilience wants a meter where there is shedding", () => {
  assert.throws(() => new Resilience({ default: { shedding: {} } }), /give Resilience the option `load`/);
});
