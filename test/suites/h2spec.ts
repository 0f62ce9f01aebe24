import { requireForeignProgram } from "@consulrpc/tools";
import type { SuiteResult } from "../suite.js";
import { startHelloServer, type TlsFiles } from "./hello-server.js";
import { runProgram } from "./program.js";

/** A case that hangs costs two seconds; 145 cases take about ten when none does. */
const TIMEOUT_MS = 300_000;

/** summerwind/h2spec against the hello server. */
export async function h2spec(suite: string, tls: TlsFiles | undefined): Promise<SuiteResult> {
  const program = requireForeignProgram("h2spec");
  const { port, running } = await startHelloServer(tls);
  try {
    const flags = ["-p", String(port), ...(tls === undefined ? [] : ["-t", "-k"])];
    const { output } = await runProgram(program, flags, { timeoutMs: TIMEOUT_MS });
    return h2specResult(suite, output);
  } finally {
    await running[Symbol.asyncDispose]();
  }
}

/** Reads h2spec's and h2specd's summary: "145 tests, 144 passed, 0 skipped, 1 failed". */
export function h2specResult(suite: string, output: string): SuiteResult {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the tool colours its output
  const plain = output.replaceAll(/\u001b\[[\d;]*m/g, "");
  const summary = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(plain);
  if (summary === null) throw new Error(`${suite} printed no summary:\n${plain.slice(-4_000)}`);
  const [, , passed, skipped, failed] = summary.map(Number);
  const notes = plain.split("\n").filter((line) => /^\s*(×|\[SKIP)/.test(line));
  return { suite, passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0, notes: [...new Set(notes.map((line) => line.trim()))] };
}
