// npm run --silent bench -- NAME [--quick] [--json] [--bars]
// Exit 0; 1 when something broke, or with --bars when a bar is missed by more than a third twice in a row.
import { readdirSync } from "node:fs";
import type { BenchCase, BenchLine, Cases } from "./case.js";
import { measure } from "./measure.js";
import { type Verdict, verdicts } from "./verdict.js";

/** The benches are the files of bench/ itself; what they share lives in its subfolders. Read from the sources: dist may hold what is gone. */
const names = readdirSync(new URL("../../", import.meta.url))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => file.slice(0, -".ts".length))
  .sort();
const flags = new Set(process.argv.slice(2).filter((argument) => argument.startsWith("--")));
const [name, ...only] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const quick = flags.has("--quick");

if (name === undefined || !names.includes(name)) {
  console.error(`npm run --silent bench -- NAME [--quick] [--json] [--bars] [a part of a case's name]\n\n${names.join("\n")}`);
  process.exitCode = name === undefined && flags.has("--help") ? 0 : 2;
} else {
  await runBench(name);
}

async function runBench(bench: string): Promise<void> {
  const { cases } = (await import(new URL(`../${bench}.js`, import.meta.url).href)) as { cases: Cases };
  const wanted = (await cases()).filter(
    (each) => (!quick || each.quick === true) && (only.length === 0 || only.some((part) => each.name.includes(part))),
  );
  for (const benchCase of wanted) {
    let line = await measure(bench, benchCase, { quick, say });
    let judged = verdicts(line, benchCase);
    if (flags.has("--bars") && judged.some(({ missedFar }) => missedFar)) {
      say(`${benchCase.name}: under its bar, measured once more`);
      line = await measure(bench, benchCase, { quick, say });
      judged = verdicts(line, benchCase);
      if (judged.some(({ missedFar }) => missedFar)) process.exitCode = 1;
    }
    console.log(flags.has("--json") ? JSON.stringify(line) : table(line, benchCase, judged));
  }
}

function table(line: BenchLine, { unit }: BenchCase, judged: readonly Verdict[]): string {
  const peers = Object.entries(line.peers).map(([peer, figure]) => {
    const verdict = judged.find((each) => each.peer === peer);
    const bar = verdict === undefined ? "" : `, bar ${verdict.bar} x ${verdict.met ? "met" : missed(verdict)}`;
    return `${peer} ${figure.toLocaleString("en")} (${(line.ours / figure).toPrecision(3)} x${bar})`;
  });
  return `${line.case}: ours ${line.ours.toLocaleString("en")} ${unit}; ${peers.join("; ")}`;
}

function missed({ shortfall }: Verdict): string {
  return shortfall === undefined ? "MISSED" : `MISSED, as known: ${shortfall.why}`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
