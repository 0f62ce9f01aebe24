import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;

export interface Ended {
  /** The exit code, or -1 when it was killed because its time was over. */
  readonly code: number;
  /** stdout and stderr, as they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program to its end. */
export function runProgram(program: string, args: readonly string[], { timeoutMs, cwd, environment }: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      cwd,
      env: { ...process.env, ...environment },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    const add = (text: string): void => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", add);
    child.stderr.setEncoding("utf8").on("data", add);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, output }));
  });
}

/** A program that runs until it is stopped. */
export class RunningProgram implements AsyncDisposable {
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private output = "";

  private constructor(program: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    this.child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
    const add = (text: string): void => {
      this.output += text;
    };
    this.child.stdout.setEncoding("utf8").on("data", add);
    this.child.stderr.setEncoding("utf8").on("data", add);
  }

  /** Starts it and waits for the line that matches `ready`. Throws with its output when it ends before. */
  static async start(
    program: string,
    args: readonly string[],
    ready: RegExp,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ running: RunningProgram; match: RegExpMatchArray }> {
    const running = new RunningProgram(program, args, environment);
    const match = await running.matching(ready);
    return { running, match };
  }

  /** Starts one that says nothing when it is ready. */
  static launch(program: string, args: readonly string[]): RunningProgram {
    return new RunningProgram(program, args, {});
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  private matching(ready: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        reject(new Error(`${this.child.spawnargs.join(" ")}: ${why} before ${ready}:\n${this.output}`));
        this.child.kill("SIGKILL");
      };
      const timer = setTimeout(() => fail(`${READY_TIMEOUT_MS} ms passed`), READY_TIMEOUT_MS);
      this.child.once("error", (error) => fail(error.message));
      this.child.once("exit", (code, signal) => fail(`it ended with ${code ?? signal}`));
      for (const stream of [this.child.stdout, this.child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          const match = line.match(ready);
          if (match === null) return;
          clearTimeout(timer);
          resolve(match);
        });
      }
    });
  }
}
