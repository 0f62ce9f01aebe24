import { spawn } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "../repository.js";

/** A script of node_modules, run in `folder`; its output when it fails, and nothing when it does not. */
export async function problemsOf(script: string, args: readonly string[], folder: string): Promise<string[]> {
  const { status, output } = await runNode([join(repositoryRoot, "node_modules", script), ...args], folder);
  return status === 0 ? [] : [output.trim() || `${script} ended with ${status}`];
}

export interface Ended {
  readonly status: number | string;
  readonly output: string;
}

/** Node with `args`, to its end, or killed after `timeoutMs`. */
export function runNode(args: readonly string[], folder: string, timeoutMs: number = 120_000): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ status: code ?? `${signal} (after ${timeoutMs} ms, say)`, output }));
  });
}
