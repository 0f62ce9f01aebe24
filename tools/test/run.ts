// npm test [-- part of a path ...]: the checks, then every test. Exit code 0 only when all of it holds.
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { repositoryRoot } from "../repository.js";
import { testFiles } from "./test-files.js";

/** Two cores are what CI has; more files at once only make tests wait for each other. */
const CONCURRENCY = 2;
/** One test; a hang is a failure. */
const TEST_TIMEOUT_MS = 120_000;

const parts = process.argv.slice(2);
const files = testFiles(repositoryRoot)
  .map((file) => relative(repositoryRoot, file))
  .filter((file) => parts.length === 0 || parts.some((part) => file.replace("/dist/", "/src/").includes(part) || file.includes(part)));
if (files.length === 0) {
  console.error(`no test file whose path has ${parts.join(" or ")}`);
  process.exit(1);
}

const checks = parts.length > 0 ? 0 : node(["tools/dist/check/run.js"]);
const tests = node([
  "--test",
  "--enable-source-maps",
  `--test-concurrency=${CONCURRENCY}`,
  `--test-timeout=${TEST_TIMEOUT_MS}`,
  `--test-reporter=${join(repositoryRoot, "tools/dist/test/reporter.js")}`,
  "--test-reporter-destination=stdout",
  ...files,
]);
if (checks !== 0) console.log("the checks found problems (above): npm run check");
process.exitCode = checks === 0 && tests === 0 ? 0 : 1;

function node(args: readonly string[]): number {
  return spawnSync(process.execPath, args, { cwd: repositoryRoot, stdio: ["ignore", "inherit", "inherit"] }).status ?? 1;
}
