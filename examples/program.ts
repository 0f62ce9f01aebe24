import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** An example runs this long at most. */
const RUN_MS_MAX = 60_000;

/** One example program as a process of its own, reading the registry's address from its environment. */
export class Program implements AsyncDisposable {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private errors = "";

  constructor(file: string, consulAddress: string, args: readonly string[] = []) {
    const environment = { ...process.env, CONSUL_HTTP_ADDR: consulAddress };
    const path = fileURLToPath(new URL(file, import.meta.url));
    this.child = spawn(process.execPath, [path, ...args], { env: environment, timeout: RUN_MS_MAX, stdio: ["ignore", "pipe", "pipe"] });
    this.ended = once(this.child, "close");
    this.child.stderr?.on("data", (text) => {
      this.errors += String(text);
    });
    if (this.child.stdout !== null) createInterface({ input: this.child.stdout }).on("line", (line) => this.lines.push(line));
  }

  /** Its first line: a server prints it when it serves. */
  async firstLine(): Promise<string> {
    while (this.lines.length === 0 && this.child.exitCode === null) {
      await Promise.race([this.child.stdout === null ? this.ended : once(this.child.stdout, "data"), this.ended]);
      await new Promise(setImmediate);
    }
    return this.lines[0] ?? this.errors;
  }

  /** Everything it printed, once it has ended by itself with 0. */
  async output(): Promise<readonly string[]> {
    await this.ended;
    if (this.child.exitCode !== 0) throw new Error(`${this.child.spawnargs.join(" ")} ended with ${this.child.exitCode}: ${this.errors}`);
    return this.lines;
  }

  /** SIGTERM, as a platform stops a service; the exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) this.child.kill("SIGTERM");
    await this.ended;
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
