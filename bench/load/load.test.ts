import assert from "node:assert/strict";
import { test } from "node:test";
import { closedLoop, type Load, openLoop } from "./load.js";

function counting(): Load & { calls: number } {
  const load = {
    calls: 0,
    call: () => new Promise((resolve) => setImmediate(resolve, ++load.calls)),
    check: () => 1,
  };
  return load;
}

test("closedLoop() counts every answer of every worker", async () => {
  for (const concurrency of [1, 64, 100]) {
    const load = counting();
    const { count, seconds, p50Us } = await closedLoop(load, concurrency, 20);
    assert.equal(count, load.calls);
    assert.ok(count >= concurrency && seconds > 0 && p50Us > 0, `${count} in ${seconds} s, ${p50Us} us`);
  }
});

test("closedLoop() and openLoop() fail when an answer is wrong", async () => {
  const wrong: Load = {
    call: () => Promise.resolve("no"),
    check: (answer) => {
      throw new Error(`wrong answer: ${answer}`);
    },
  };
  await assert.rejects(closedLoop(wrong, 2, 20), /wrong answer: no/);
  await assert.rejects(openLoop(wrong, 1_000, 20), /wrong answer: no/);
});

test("openLoop() starts as many calls as the rate asks for, and times them from when they were due", async () => {
  const load = counting();
  const { count, p99Us } = await openLoop(load, 1_000, 50);
  assert.equal(count, 50);
  assert.equal(load.calls, 50);
  assert.ok(p99Us > 0);
});
