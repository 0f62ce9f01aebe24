import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { repositoryRoot } from "@consulrpc/tools";
import type { Contestant } from "../harness/case.js";

const START_MS_MAX = 60_000;

/** From the command to the line that begins "first call:", in this clone, which is built. Ctrl-C ends it. */
export function npmStart(): Contestant {
  return { round: firstCallShown };
}

async function firstCallShown(): Promise<number> {
  const startedAtMs = performance.now();
  // a group of its own: Ctrl-C in a terminal goes to the whole group
  const child = spawn("npm", ["start"], { cwd: repositoryRoot, detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), START_MS_MAX);
  try {
    let firstCallMs: number | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      if (firstCallMs !== undefined || !line.startsWith("first call:")) continue;
      firstCallMs = performance.now() - startedAtMs;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
    }
    await ended;
    if (firstCallMs === undefined) throw new Error("npm start ended without a first call");
    return firstCallMs;
  } finally {
    clearTimeout(timer);
  }
}
