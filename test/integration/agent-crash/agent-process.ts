/** An agent of its own process on a directory, to be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SHIM = fileURLToPath(new URL("../../../../packages/consulrpc/shim/consul", import.meta.url));
const READY_MS_MAX = 60_000;

export interface AgentProcess {
  readonly address: string;
  readonly process: ChildProcess;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

export async function startAgentProcess(directory: string): Promise<AgentProcess> {
  const args = ["agent", "-server", "-bootstrap-expect=1", `-data-dir=${directory}`, "-bind=127.0.0.1", "-http-port=0", "-dns-port=-1"];
  const child = spawn(process.execPath, [SHIM, ...args, "-node=crash", "-log-level=info"], { stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_MS_MAX);
  try {
    const address = await new Promise<string>((resolve, reject) => {
      for (const input of [child.stdout!, child.stderr!]) {
        createInterface({ input }).on("line", (line) => {
          said.push(line);
          const found = /running! HTTP on (\S+)/.exec(line)?.[1];
          if (found !== undefined) resolve(found);
        });
      }
      child.once("exit", (code, signal) => reject(new Error(`the agent ended (${code ?? signal}):\n${said.join("\n")}`)));
    });
    return {
      address,
      process: child,
      async kill() {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      },
    };
  } finally {
    clearTimeout(timer);
  }
}
