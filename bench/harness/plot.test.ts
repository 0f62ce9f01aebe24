import assert from "node:assert/strict";
import { test } from "node:test";
import { plot } from "./plot.js";

test("plot() draws a line a series, higher figures higher up, names escaped", () => {
  const svg = plot("a < b", "calls/s", [
    {
      name: "ours",
      points: [
        [1, 1_000],
        [64, 100_000],
      ],
    },
    {
      name: "peer",
      points: [
        [1, 100],
        [64, 10_000],
      ],
    },
  ]);
  assert.match(svg, /^<svg [\s\S]*<\/svg>\n$/);
  assert.match(svg, /a &lt; b \(calls\/s\)/);
  const paths = [...svg.matchAll(/<path d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/g)].map((match) => match.slice(1).map(Number));
  assert.equal(paths.length, 2);
  const [[, ours = 0] = [], [, peer = 0] = []] = paths;
  assert.ok(ours < peer, svg);
});
