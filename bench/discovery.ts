import { foreignProgram } from "@consulrpc/tools";
import { servers } from "./agent/contestants.js";
import { firstCalls } from "./discovery/first-call.js";
import { heapPerWatch } from "./discovery/heap.js";
import { callsAround } from "./discovery/kill.js";
import { npmStart } from "./discovery/npm-start.js";
import { overhead } from "./discovery/overhead.js";
import { instancesUp } from "./discovery/up.js";
import type { BenchCase, Contestant } from "./harness/case.js";

const RETRY = {
  maxAttempts: 4,
  initialBackoff: "0.01s",
  maxBackoff: "0.1s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE"],
};

/** What it takes to be found, and what being found costs. The peer "bar" is no program: it is the limit, as a figure. */
export function cases(): readonly BenchCase[] {
  return [
    within("instance up after its check's first run, p50", 150, false, () => instancesUp(0.5)),
    within("instance up after its check's first run, p99", 150, true, () => instancesUp(0.99)),
    {
      ...within("failed calls seen after kill -9, retry on", 1, true, () => callsAround(RETRY, ({ failed }) => failed)),
      unit: "calls",
      bars: { bar: 0 },
    },
    within("last failed call after kill -9, retry off", 20, false, () => callsAround(undefined, ({ lastFailedMs }) => lastFailedMs)),
    {
      name: "consul:// against static:// c=64",
      unit: "calls/s",
      better: "higher",
      quick: true,
      bars: { static: 0.95 },
      contestants: { ours: () => overhead("consul"), static: () => overhead("static"), "static again": () => overhead("static") },
    },
    within("connect + first call, embedded agent", 15, true, () => firstCalls(servers.ours!)),
    // the bar speaks of a warm Consul: without one there is nothing to hold against it
    ...(foreignProgram("consul") === undefined
      ? []
      : [within("connect + first call, warm Consul", 15, true, () => firstCalls(servers.consul!))]),
    { ...within("npm start to first call", 3_000, false, npmStart), rounds: 3 },
    { ...within("heap per watch beyond its data, 1,000 services", 12, false, heapPerWatch), unit: "KB", rounds: 3 },
  ];
}

function within(name: string, bar: number, quick: boolean, ours: () => Promise<Contestant> | Contestant): BenchCase {
  return { name, unit: "ms", better: "lower", quick, bars: { bar: 1 }, contestants: { ours, bar: () => ({ round: () => bar }) } };
}
