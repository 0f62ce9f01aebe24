import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServiceName } from "./shop.js";

const PROGRAM = fileURLToPath(new URL("./instance/process.js", import.meta.url));
const STOP_MS_MAX = 8_000;

/** One instance of a service, in a process of its own. */
export interface InstanceProcess {
  readonly id: string;
  readonly name: ServiceName;
  readonly pid: number;
  /** As a crash does it. */
  kill(): Promise<void>;
  /** Deregistered and drained. */
  stop(): Promise<void>;
}

/** Resolves when the instance serves and is registered. */
export async function startInstance(name: ServiceName, id: string, consul: string): Promise<InstanceProcess> {
  const child = fork(PROGRAM, [name, id], {
    env: { ...process.env, CONSUL_HTTP_ADDR: consul },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const failed = once(child, "exit").then(([code, signal]) => {
    throw new Error(`${id} ended with ${String(code ?? signal)} before it served`);
  });
  await Promise.race([once(child, "message"), failed]);
  failed.catch(() => {}); // From here on an end is what the demo is about.
  return { id, name, pid: child.pid ?? 0, kill: () => end(child, "SIGKILL"), stop: () => end(child, "SIGTERM") };
}

async function end(child: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await ended;
  clearTimeout(timer);
}
