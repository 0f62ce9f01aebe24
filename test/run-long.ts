// npm run long -- NAME [args]: what takes too long for `npm test`. docs/reliability.md keeps the last results.
import { entryNames, loadEntry } from "./entry.js";
import type { RunLong } from "./suite.js";

const folder = "long";
const [name, ...args] = process.argv.slice(2);

if (name === "--list") {
  for (const entry of entryNames(folder)) console.log(entry);
} else if (name === undefined || name === "--help") {
  console.log(`npm run long -- NAME [arguments]\n\n${entryNames(folder).join("\n")}`);
} else {
  try {
    const { run } = (await loadEntry(folder, name)) as { run: RunLong };
    const startedAtMs = Date.now();
    await run(args);
    console.log(`${name}: passed in ${Math.round((Date.now() - startedAtMs) / 1000)} s`);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}
