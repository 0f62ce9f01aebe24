import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { foreignProgram } from "@consulrpc/tools";

/** A program answers within this long, or the case fails. */
const LINE_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 2_000;

/** Servers and clients get a core each; a machine with one core, or without taskset (macOS), measures unpinned. */
export const SERVER_CORE = 0;
export const CLIENT_CORE = 1;

/** A child process that speaks in lines. */
export class Child {
  private readonly process: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  constructor(command: readonly string[], core: number, environment: Readonly<Record<string, string>> = {}) {
    const taskset = foreignProgram("taskset");
    const [program = "", ...args] = taskset === undefined ? command : [taskset, "-c", String(core), ...command];
    this.process = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...environment } });
    this.process.stdin.on("error", () => {}); // It has ended; the next line that is awaited says so.
    this.reader = createInterface({ input: this.process.stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** The next line it prints. Throws when it ends or stays silent. */
  async line(): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.process.spawnargs.join(" ")}: no line within ${LINE_TIMEOUT_MS} ms`)),
        LINE_TIMEOUT_MS,
      );
    });
    try {
      const { value, done } = await Promise.race([this.lines.next(), silent]);
      if (done === true)
        throw new Error(`${this.process.spawnargs.join(" ")}: ended with ${this.process.exitCode ?? this.process.signalCode}`);
      return value;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a line and gives the one it answers with. */
  async ask(line: string): Promise<string> {
    this.process.stdin.write(`${line}\n`);
    return this.line();
  }

  async stop(): Promise<void> {
    this.reader.close();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
}
