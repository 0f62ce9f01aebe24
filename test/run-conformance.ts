// npm run --silent conformance -- NAME [--json] [args]: suites that others wrote, run against us.
// Exit 0: nothing failed; 1: a case failed; 2: the suite could not be run (a foreign tool is missing, say).
import { entryNames, loadEntry } from "./entry.js";
import type { RunSuite, SuiteResult } from "./suite.js";

const folder = "conformance";
const [name, ...rest] = process.argv.slice(2);
const json = rest.includes("--json");

if (name === "--list") {
  for (const entry of entryNames(folder)) console.log(entry);
} else if (name === undefined || name === "--help") {
  console.log(`npm run --silent conformance -- NAME [--json]\n\n${entryNames(folder).join("\n")}`);
} else {
  try {
    const { run } = (await loadEntry(folder, name)) as { run: RunSuite };
    const results = [await run(rest.filter((argument) => argument !== "--json"))].flat() as SuiteResult[];
    for (const result of results) print(result);
    process.exitCode = results.some(({ failed, passed }) => failed > 0 || passed === 0) ? 1 : 0;
  } catch (error) {
    console.error(error);
    process.exitCode = 2;
  }
}

function print({ suite, passed, failed, skipped, notes }: SuiteResult): void {
  if (json) {
    console.log(JSON.stringify({ suite, passed, failed, skipped }));
    return;
  }
  for (const note of notes) console.log(`  ${note}`);
  console.log(`${suite}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
}
