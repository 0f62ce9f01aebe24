// npm run bench:report -- NAME...: runs benches in full and writes their figures into bench/README.md (between the marks of
// each bench) and the plot of throughput over concurrency into bench/throughput.svg.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@consulrpc/tools";
import type { BenchCase, BenchLine, Cases } from "./case.js";
import { measure } from "./measure.js";
import { plot } from "./plot.js";
import { verdicts } from "./verdict.js";

const README = join(repositoryRoot, "bench/README.md");
const PLOT = join(repositoryRoot, "bench/throughput.svg");

for (const name of process.argv.slice(2)) await report(name);

async function report(bench: string): Promise<void> {
  const { cases } = (await import(new URL(`../${bench}.js`, import.meta.url).href)) as { cases: Cases };
  const measured: { line: BenchLine; benchCase: BenchCase }[] = [];
  for (const benchCase of await cases()) {
    const line = await measure(bench, benchCase, { quick: false, say: console.error });
    measured.push({ line, benchCase });
    console.log(JSON.stringify(line));
  }
  writeFileSync(README, withTable(readFileSync(README, "utf8"), bench, measured));
  if (bench === "unary") writeFileSync(PLOT, concurrencyPlot(measured.map(({ line }) => line)));
}

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
function withTable(readme: string, bench: string, measured: readonly { line: BenchLine; benchCase: BenchCase }[]): string {
  const [open, close] = [`<!-- ${bench} -->`, `<!-- /${bench} -->`];
  const [from, to] = [readme.indexOf(open), readme.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`bench/README.md has no ${open} ... ${close}`);
  const peers = [...new Set(measured.flatMap(({ line }) => Object.keys(line.peers)))];
  const head = `| case | unit | ours | ${peers.map((peer) => `${peer} | ours / ${peer} | bar`).join(" | ")} |`;
  const rule = `|---|---|---:|${peers.map(() => "---:|---:|---:").join("|")}|`;
  const rows = measured.map(({ line, benchCase }) => row(line, benchCase, peers));
  const taken = `Measured ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${process.platform} ${process.arch}: \`npm run bench:report -- ${bench}\``;
  return `${readme.slice(0, from)}${open}\n\n${[head, rule, ...rows].join("\n")}\n\n${taken}\n\n${readme.slice(to)}`;
}

function row(line: BenchLine, benchCase: BenchCase, peers: readonly string[]): string {
  const judged = verdicts(line, benchCase);
  const cells = peers.map((peer) => {
    const figure = line.peers[peer];
    if (figure === undefined) return "| |";
    const verdict = judged.find((each) => each.peer === peer);
    const bar = verdict === undefined ? "" : `${verdict.bar} x${verdict.met ? "" : " MISSED"}`;
    return `${figure.toLocaleString("en")} | ${(line.ours / figure).toPrecision(3)} x | ${bar}`;
  });
  return `| ${line.case} | ${line.unit} | ${line.ours.toLocaleString("en")} | ${cells.join(" | ")} |`;
}

function concurrencyPlot(lines: readonly BenchLine[]): string {
  const points = lines.flatMap((line) => {
    const concurrency = /^plaintext c=(\d+)$/.exec(line.case)?.[1];
    return concurrency === undefined
      ? []
      : [{ concurrency: Number(concurrency), figures: { ours: line.ours, ...line.peers } as Record<string, number> }];
  });
  const names = [...new Set(points.flatMap(({ figures }) => Object.keys(figures)))];
  const series = names.map((name) => ({
    name,
    points: points.map(({ concurrency, figures }) => [concurrency, figures[name] ?? Number.NaN] as const),
  }));
  return plot("unary calls, one connection, one core a side", "calls/s", series);
}
