// npm run check [-- --record] [part of a check's name ...]: everything about the repository that a tool can see.
import { repositoryRoot } from "../repository.js";
import { checks } from "./checks.js";
import { recordPublicExports } from "./public-exports.js";

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
if (process.argv.includes("--record")) recordPublicExports(repositoryRoot);
let failed = 0;
for (const check of checks.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))) {
  const startedAtMs = performance.now();
  const problems = await check.find(repositoryRoot);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${problems.length === 0 ? "ok     " : "PROBLEM"} ${check.name} (${seconds} s)`);
  for (const problem of problems) console.log(problem.replaceAll(/^/gm, "  "));
  failed += problems.length;
}
process.exitCode = failed === 0 ? 0 : 1;
