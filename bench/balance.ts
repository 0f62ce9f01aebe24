import { fileURLToPath } from "node:url";
import { greyCases } from "./balance/grey.js";
import type { BenchCase, Contestant } from "./harness/case.js";
import { Child, CLIENT_CORE, SERVER_CORE } from "./harness/child.js";

/** Case names say what people call them; the policies are those of balancerByName. */
const policies: Readonly<
  Record<string, { readonly policy: Readonly<Record<string, unknown>>; readonly bar: number; readonly growth: number }>
> = {
  random: { policy: { random: {} }, bar: 6, growth: 4 },
  "round robin": { policy: { "round-robin": {} }, bar: 6, growth: 4 },
  p2c: { policy: { "least-loaded": {} }, bar: 6, growth: 4 },
  "weighted round robin": { policy: { "weighted-round-robin": {} }, bar: 15, growth: 4 },
  "weighted random": { policy: { "weighted-random": {} }, bar: 15, growth: 4 },
  ring: { policy: { "ring-hash": {} }, bar: 15, growth: 15 },
  maglev: { policy: { maglev: {} }, bar: 15, growth: 4 },
  "least active": { policy: { "least-active": {} }, bar: 15, growth: 4 },
  "least used": { policy: { "least-used": {} }, bar: 15, growth: 4 },
};
/** "Under 5 ms", as a contestant that always says 5. */
const LIMIT_MS = 5;

/**
 * Nanoseconds for one pick, beside a plain `members[i++ % n]` over as many members;
 * with 10,000 members beside the same policy with 10; and the longest pause of the loop
 * while one member of 10,000 is replaced every 50 ms.
 */
export function cases(): readonly BenchCase[] {
  const names = Object.entries(policies);
  return [
    ...names.map(([name, { policy, bar }]) => pickCase(`pick ${name} 100`, policy, 100, { loop: pick("loop", 100) }, { loop: bar })),
    ...names.map(([name, { policy, growth }]) =>
      pickCase(`pick ${name} 10000`, policy, 10_000, { "10 members": pick(JSON.stringify(policy), 10) }, { "10 members": growth }),
    ),
    ...names.map(([name, { policy }]) => changeCase(name, policy)),
    ...greyCases(),
    presetCase(),
  ];
}

function pickCase(
  name: string,
  policy: Readonly<Record<string, unknown>>,
  members: number,
  peers: BenchCase["contestants"],
  bars: Readonly<Record<string, number>>,
): BenchCase {
  const quick = /(random|robin|p2c|ring|maglev) 100/.test(name) && members === 100;
  return {
    name,
    unit: "ns",
    better: "lower",
    quick,
    roundMs: 300,
    rounds: 5,
    bars,
    contestants: { ours: pick(JSON.stringify(policy), members), ...peers },
  };
}

function changeCase(name: string, policy: Readonly<Record<string, unknown>>): BenchCase {
  return {
    name: `longest pause of a change ${name} 10000`,
    unit: "ms",
    better: "lower",
    rounds: 5,
    roundMs: 1_000,
    bars: { "limit of 5 ms": 1 },
    contestants: {
      ours: () => startProcess("change-process", JSON.stringify(policy), 10_000),
      "limit of 5 ms": () => ({ round: () => LIMIT_MS }),
    },
  };
}

function pick(policy: string, members: number): () => Contestant {
  return () => startProcess("pick-process", policy, members);
}

function startProcess(program: string, policy: string, members: number): Contestant {
  const path = fileURLToPath(new URL(`./balance/${program}.js`, import.meta.url));
  const child = new Child([process.execPath, path, policy, String(members)], CLIENT_CORE);
  return {
    round: async (durationMs) => Number(await child.ask(String(durationMs))),
    close: () => child.stop(),
  };
}

/** One method under the default preset, and without any: balancing, retries, throttling and ejection together. */
function presetCase(): BenchCase {
  const start = (kind: string) => async (): Promise<Contestant> => {
    const server = new Child([process.execPath, fileURLToPath(new URL("./hello/server.js", import.meta.url))], SERVER_CORE);
    const port = /(\d+)$/.exec(await server.line())?.[1] ?? "";
    const client = new Child(
      [process.execPath, fileURLToPath(new URL("./balance/preset-client.js", import.meta.url)), kind, port],
      CLIENT_CORE,
    );
    return {
      round: async (durationMs) => Number(await client.ask(String(durationMs))),
      close: async () => {
        await client.stop();
        await server.stop();
      },
    };
  };
  return {
    name: "default preset unary c=64",
    unit: "calls/s",
    better: "higher",
    quick: true,
    bars: { "no preset": 0.88 },
    contestants: { ours: start("preset"), "no preset": start("bare") },
  };
}
