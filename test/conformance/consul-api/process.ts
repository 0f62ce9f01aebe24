import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface GoTests {
  readonly binary: string;
  readonly folder: string;
  /** PATH of the tests: the `consul` they start is the first on it. */
  readonly path: string;
  /** Of the whole binary; the tests that still run then have failed. */
  readonly timeoutMs: number;
  readonly pattern?: string;
  /** @default 2 */
  readonly parallel?: number;
  /** Not run, because they would wait until the time is up; they have failed. */
  readonly hanging?: readonly string[];
}

export type Verdict = "passed" | "failed" | "skipped";
export type Verdicts = ReadonlyMap<string, Verdict>;

/** A test that panics, or runs when the time is up, ends its binary; so many times it is started again for the rest. */
const ROUNDS_MAX = 40;

/** Runs a compiled Go test and reads its verdicts, of whole tests only. */
export async function runGoTests(tests: GoTests): Promise<Verdicts> {
  const verdicts = new Map<string, Verdict>(tests.hanging?.map((name) => [name, "failed"]));
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const panicked = await runRound(tests, verdicts);
    if (panicked === undefined) return verdicts;
    verdicts.set(panicked, "failed");
  }
  throw new Error(`${tests.binary} panicked ${ROUNDS_MAX} times`);
}

/** The name of the test that panicked; undefined when the binary came to its end. */
function runRound(
  { binary, folder, path, timeoutMs, pattern, parallel = 2 }: GoTests,
  verdicts: Map<string, Verdict>,
): Promise<string | undefined> {
  const words = { PASS: "passed", FAIL: "failed", SKIP: "skipped" } as const;
  const args = ["-test.v", `-test.parallel=${parallel}`, `-test.timeout=${timeoutMs}ms`];
  if (pattern !== undefined) args.push(`-test.run=${pattern}`);
  if (verdicts.size > 0) args.push(`-test.skip=^(${[...verdicts.keys()].join("|")})$`);
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { cwd: folder, env: { ...process.env, PATH: path }, stdio: ["ignore", "pipe", "pipe"] });
    let panicked: string | undefined;
    const read = (line: string): void => {
      const verdict = /^--- (PASS|FAIL|SKIP): (\S+)/.exec(line);
      if (verdict !== null) verdicts.set(verdict[2]!, words[verdict[1] as keyof typeof words]);
      // The trace names the test's function: "...consul/api.TestAPI_X(0x...)".
      // When the time is up, Go names what was still running: "	TestX (2m0s)".
      panicked ??= /^\t(Test\w+) \(\d.*\)$/.exec(line)?.[1];
      const frame = /^github\.com\/hashicorp\/consul\/api(?:\/watch)?(?:_test)?\.(Test\w+)[.(]/.exec(line)?.[1];
      if (frame !== undefined) panicked ??= frame;
    };
    // Verdicts come on standard output, panics on standard error.
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", read);
    child.once("error", reject);
    child.once("close", () => resolve(panicked));
  });
}
