// node test/dist/simulation/report.js [FOLDER]: plays every scenario under every policy and writes tables and plots for docs/guides. The same seed gives the same files.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BalancerFactory, leastLoaded, RetryBudget, random, roundRobin } from "@consulrpc/grpc";
import { leastActive, ringHash, slowStart, weightedRandom } from "@consulrpc/grpc/balance";
import { AdaptiveThrottle, endpointBreakers, outlierEjection } from "@consulrpc/grpc/resilience";
import type { ClientPolicy } from "./client.js";
import { barChart, lineChart } from "./plot.js";
import { play, type Run, type Scenario } from "./scenario.js";
import { oneSlow, retryStorm, scenarios } from "./scenarios.js";

const TIMEOUT_MS = 1_000;
const folder = process.argv[2] ?? fileURLToPath(new URL("../../../docs/guides/simulation/", import.meta.url));

const balancers: Readonly<Record<string, () => BalancerFactory>> = {
  random,
  "round robin": roundRobin,
  "weighted random": weightedRandom,
  "least active": leastActive,
  "least loaded": leastLoaded,
  "ring hash": ringHash,
};

const budget = (nowMs: number): RetryBudget => new RetryBudget({}, nowMs);
const retries: Readonly<Record<string, ClientPolicy>> = {
  "no retries": { balancer: leastLoaded(), timeoutMs: TIMEOUT_MS },
  "budgeted retries": { balancer: leastLoaded(), timeoutMs: TIMEOUT_MS, attemptsMax: 3, budget },
  "endpoint breakers": { balancer: endpointBreakers(), timeoutMs: TIMEOUT_MS, attemptsMax: 3, budget },
  "outlier ejection": { balancer: outlierEjection({ baseEjectionMs: 3_000 }), timeoutMs: TIMEOUT_MS, attemptsMax: 3, budget },
  "preset, throttle": {
    balancer: outlierEjection({ child: slowStart() }),
    timeoutMs: TIMEOUT_MS,
    attemptsMax: 3,
    budget,
    gate: (_nowMs, chance) => throttleGate(new AdaptiveThrottle({}, chance)),
  },
};

function throttleGate(throttle: AdaptiveThrottle): ReturnType<NonNullable<ClientPolicy["gate"]>> {
  return { admit: (nowMs) => throttle.admit(nowMs), done: (nowMs, ok) => throttle.done(nowMs, ok) };
}

function table(
  title: string,
  policies: Readonly<Record<string, ClientPolicy>>,
  played: readonly Scenario[],
): { markdown: string; runs: Map<string, Run[]> } {
  const runs = new Map<string, Run[]>(Object.keys(policies).map((name) => [name, []]));
  const lines = [
    `### ${title}`,
    "",
    "| scenario | policy | success | p50 ms | p99 ms | p999 ms | load spread |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const scenario of played) {
    for (const [name, policy] of Object.entries(policies)) {
      const run = play(scenario, policy);
      runs.get(name)?.push(run);
      const { success, p50Ms, p99Ms, p999Ms, loadSpread } = run.summary;
      const figures = [`${(success * 100).toFixed(2)}%`, p50Ms.toFixed(1), p99Ms.toFixed(1), p999Ms.toFixed(1), loadSpread.toFixed(2)];
      lines.push(`| ${scenario.name} | ${name} | ${figures.join(" | ")} |`);
    }
  }
  return { markdown: lines.join("\n"), runs };
}

mkdirSync(folder, { recursive: true });
const write = (name: string, content: string): void => writeFileSync(join(folder, name), content);
const plain = Object.fromEntries(Object.entries(balancers).map(([name, make]) => [name, { balancer: make(), timeoutMs: TIMEOUT_MS }]));
const names = scenarios.map(({ name }) => name);
const choices = table("Balancers, without retries", plain, scenarios);
const remedies = table("Remedies, over least loaded", retries, scenarios);
const p99 = (runs: Map<string, Run[]>) =>
  Array.from(runs, ([name, played]) => ({ name, values: played.map(({ summary }) => summary.p99Ms) }));
write("p99-by-balancer.svg", barChart("p99 by balancer", "ms", names, p99(choices.runs)));
write("p99-by-remedy.svg", barChart("p99 by remedy", "ms", names, p99(remedies.runs)));

const storm: ClientPolicy = { balancer: roundRobin(), timeoutMs: 300, attemptsMax: 4 };
const storms: Readonly<Record<string, ClientPolicy>> = {
  "no retries": { ...storm, attemptsMax: 1 },
  "4 attempts, no budget": storm,
  "4 attempts, budget": { ...storm, budget },
  "4 attempts, throttle": { ...storm, gate: (_nowMs, chance) => throttleGate(new AdaptiveThrottle({}, chance)) },
};
const goodput = Object.entries(storms).map(([name, policy]) => ({ name, values: play(retryStorm, policy).goodput }));
write("retry-storm.svg", lineChart("Retry storm: calls that succeed, overload from 5 to 15 s", "calls/s", goodput));
write(
  "one-slow.svg",
  barChart(
    "One of ten servers 20 times slower",
    "ms",
    ["p50", "p99", "p999"],
    [
      ...Object.entries(plain).map(([name, policy]) => {
        const { p50Ms, p99Ms, p999Ms } = play(oneSlow, policy).summary;
        return { name, values: [p50Ms, p99Ms, p999Ms] };
      }),
    ],
  ),
);
const stories = scenarios.map(({ name, story }) => `- **${name}**: ${story}`);
write("figures.md", `${["## Scenarios", "", ...stories, "", choices.markdown, "", remedies.markdown].join("\n")}\n`);
console.log(`written to ${folder}`);
