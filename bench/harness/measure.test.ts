import assert from "node:assert/strict";
import { test } from "node:test";
import { type BenchCase, PeerMissing } from "./case.js";
import { measure, median } from "./measure.js";
import { verdicts } from "./verdict.js";

const silent = { quick: true, say: () => {} };

test("measure() takes turns between contestants and reports each one's median", async () => {
  const turns: string[] = [];
  const contestant = (name: string, figures: readonly number[]) => () => {
    let round = -1; // The first one warms up.
    const measured = (): number => {
      turns.push(name);
      return figures[round++] ?? 0;
    };
    return { round: measured, close: () => void turns.push(`${name} closed`) };
  };
  const line = await measure(
    "b",
    {
      name: "c",
      unit: "calls/s",
      better: "higher",
      contestants: { ours: contestant("ours", [1, 9, 5]), peer: contestant("peer", [2, 4, 3]) },
    },
    silent,
  );
  assert.deepEqual(line, { bench: "b", case: "c", unit: "calls/s", better: "higher", ours: 5, peers: { peer: 3 } });
  assert.deepEqual(turns.slice(2), ["ours", "peer", "ours", "peer", "ours", "peer", "ours closed", "peer closed"]);
});

test("measure() leaves a missing peer out and says so, and closes what it started when a round throws", async () => {
  const said: string[] = [];
  let closed = 0;
  const ours = () => ({ round: () => 1, close: () => void closed++ });
  const missing = () => {
    throw new PeerMissing("no Go");
  };
  const line = await measure(
    "b",
    { name: "c", unit: "x", better: "lower", contestants: { ours, peer: missing } },
    { quick: true, say: (text) => said.push(text) },
  );
  assert.deepEqual(line.peers, {});
  assert.deepEqual(said, ["peer is left out: no Go"]);
  const wrong = () => ({ round: () => Promise.reject(new Error("wrong answer")) });
  await assert.rejects(measure("b", { name: "c", unit: "x", better: "lower", contestants: { ours, wrong } }, silent), /wrong answer/);
  assert.equal(closed, 2);
});

test("median() of even and odd numbers of rounds", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

test("verdicts() meets, misses and misses far, in both directions", () => {
  const judge = (better: BenchCase["better"], ours: number, bar: number) =>
    verdicts(
      { bench: "b", case: "c", unit: "x", better, ours, peers: { peer: 100 } },
      { name: "c", unit: "x", better, bars: { peer: bar, absent: 1 }, contestants: {} },
    ).map(({ met, missedFar }) => ({ met, missedFar }));
  assert.deepEqual(judge("higher", 200, 2), [{ met: true, missedFar: false }]);
  assert.deepEqual(judge("higher", 140, 2), [{ met: false, missedFar: false }]);
  assert.deepEqual(judge("higher", 130, 2), [{ met: false, missedFar: true }]);
  assert.deepEqual(judge("lower", 50, 0.5), [{ met: true, missedFar: false }]);
  assert.deepEqual(judge("lower", 70, 0.5), [{ met: false, missedFar: false }]);
  assert.deepEqual(judge("lower", 80, 0.5), [{ met: false, missedFar: true }]);
});

test("verdicts() hold a known shortfall against what was reached, and still say that the bar is missed", () => {
  const bench = "stream";
  const name = "bidi ping-pong 64 streams";
  const judge = (ours: number) =>
    verdicts(
      { bench, case: name, unit: "x", better: "higher", ours, peers: { "grpc-js": 1 } },
      { name, unit: "x", better: "higher", bars: { "grpc-js": 1_000 }, contestants: {} },
    )[0];
  const reached = judge(1_000)?.shortfall?.ratio;
  if (reached === undefined) return; // The bar is met by now, and its entry is gone.
  assert.deepEqual([judge(reached)?.met, judge(reached)?.missedFar, judge(reached / 2)?.missedFar], [false, false, true]);
});
