// npm run conformance -- consul-api [--real] [--update] [-run PATTERN]
//
// The Go client's own tests (github.com/hashicorp/consul/api v1.31.2, and its watch package), which start whatever `consul` is on the
// PATH: our shim, or with --real the Consul that npm run tools built. `consul-api/not-passed.json` says of each test that does not
// pass why; a test that is not in it has to pass, so what passed once cannot fall out. --update takes out what passes now, and
// enters what does not with the reason "not looked into": the reviewer's turn to fill in.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { requireForeignProgram } from "@consulrpc/tools";
import type { SuiteResult } from "../suite.js";
import { type GoTests, runGoTests, type Verdicts } from "./consul-api/process.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const table = join(root, "test/conformance/consul-api/not-passed.json");

/** The first takes five minutes against a real Consul, the second half of one. */
const SUITES = { "consul-api-test": 20 * 60_000, "consul-watch-test": 90_000 } as const;

/** A reason that begins so: the test would wait for what is not there until the time is up, so it is not started. */
const HANGS = "hangs:";
/** More than so many that fall out at once are no accident of load. */
const AGAIN_MAX = 25;

type NotPassed = Record<string, Record<string, string>>;

export async function run(args: readonly string[]): Promise<readonly SuiteResult[]> {
  const isReal = args.includes("--real");
  const updates = args.includes("--update") && !isReal;
  const pattern = args.includes("-run") ? args[args.indexOf("-run") + 1] : undefined;
  const known = JSON.parse(readFileSync(table, "utf8")) as NotPassed;
  const bin = mkdtempSync(join(tmpdir(), "consul-api-"));
  try {
    symlinkSync(isReal ? requireForeignProgram("consul") : join(root, "packages/consulrpc/shim/consul"), join(bin, "consul"));
    const results: SuiteResult[] = [];
    for (const [name, timeoutMs] of Object.entries(SUITES)) {
      const binary = requireForeignProgram(name);
      const tests = {
        binary,
        // The tests read fixtures beside their sources.
        folder: readFileSync(`${binary}.folder`, "utf8").trim(),
        path: `${bin}${delimiter}${process.env.PATH ?? ""}`,
        timeoutMs,
      };
      const explained = isReal ? {} : (known[name] ?? {});
      const hanging = Object.keys(explained).filter((test) => explained[test]?.startsWith(HANGS));
      const first = await runGoTests({ ...tests, hanging, ...(pattern === undefined ? {} : { pattern }) });
      const verdicts = await againAlone(tests, first, explained);
      results.push(judge(isReal ? `${name} on Consul 1.21.0` : name, verdicts, explained));
      if (updates) known[name] = updated(verdicts, known[name] ?? {});
    }
    if (updates) writeFileSync(table, `${JSON.stringify(known, null, 2)}\n`);
    return results;
  } finally {
    rmSync(bin, { recursive: true, force: true });
  }
}

/** Tests with tight times of their own fail on a loaded machine: what falls out gets a second try, with nothing beside it. */
async function againAlone(
  tests: Omit<GoTests, "pattern">,
  first: Verdicts,
  explained: Readonly<Record<string, string>>,
): Promise<Verdicts> {
  const fallen = [...first].filter(([name, verdict]) => verdict === "failed" && !Object.hasOwn(explained, name)).map(([name]) => name);
  if (fallen.length === 0 || fallen.length > AGAIN_MAX) return first;
  const again = await runGoTests({ ...tests, pattern: `^(${fallen.join("|")})$`, parallel: 1 });
  return new Map([...first, ...again]);
}

function judge(suite: string, verdicts: Verdicts, known: Readonly<Record<string, string>>): SuiteResult {
  const names = [...verdicts.keys()].sort();
  const passed = names.filter((name) => verdicts.get(name) === "passed");
  const others = names.filter((name) => verdicts.get(name) !== "passed");
  const explained = others.filter((name) => Object.hasOwn(known, name) || verdicts.get(name) === "skipped");
  const fallen = others.filter((name) => !explained.includes(name));
  return {
    suite,
    passed: passed.length,
    failed: fallen.length,
    skipped: explained.length,
    notes: [
      ...fallen.map((name) => `failed: ${name}`),
      ...explained.map((name) => `not passed: ${name} (${known[name] ?? "skipped by the suite itself"})`),
      ...passed.filter((name) => Object.hasOwn(known, name)).map((name) => `passes now, run with --update: ${name}`),
    ],
  };
}

function updated(verdicts: Verdicts, known: Readonly<Record<string, string>>): Record<string, string> {
  const next = new Map(Object.entries(known).filter(([name]) => verdicts.get(name) !== "passed"));
  for (const [name, verdict] of verdicts) if (verdict === "failed" && !next.has(name)) next.set(name, "not looked into");
  return Object.fromEntries([...next].sort(([a], [b]) => a.localeCompare(b)));
}
