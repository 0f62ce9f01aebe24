/** Script checks: exit code 0 passes, 1 warns, anything else is critical. Also asks the system about its services. */
import { spawn } from "node:child_process";
import { OutputTail } from "../output-tail.js";
import { critical, type Probe, passing, warning } from "../probe.js";

export function scriptProbe(args: readonly string[], outputBytesMax: number, timeout: string): Probe {
  return async (signal) => {
    const output = new OutputTail(outputBytesMax);
    let exit: Exit;
    try {
      exit = await runToEnd(args, output, signal);
    } catch (error) {
      return critical((error as Error).message);
    }
    const text = output.withCutNoted();
    if (exit === "timed out") return critical(`Timed out (${timeout}) running check${text === "" ? "" : `\n\n${text}`}`);
    if (exit === 0) return passing(text);
    return exit === 1 ? warning(text) : critical(text);
  };
}

/** systemd's word for a unit: active passes, failed and unknown are critical, what is on its way warns. */
export function osServiceProbe(service: string): Probe {
  return async (signal) => {
    const output = new OutputTail(1_024);
    try {
      const exit = await runToEnd(["systemctl", "is-active", "--", service], output, signal);
      if (exit === 0) return passing(`Service "${service}" is healthy`);
    } catch (error) {
      return critical(`services of this system cannot be asked about: ${(error as Error).message}`);
    }
    const state = output.toString().trim();
    const text = `Service "${service}" is ${state === "" ? "unknown" : state}`;
    return state === "activating" || state === "reloading" || state === "deactivating" ? warning(text) : critical(text);
  };
}

type Exit = number | "timed out" | "killed";

/** Runs the program in a process group of its own, which dies as a whole when the signal fires. */
function runToEnd(args: readonly string[], output: OutputTail, signal: AbortSignal): Promise<Exit> {
  const [program = "", ...rest] = args;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], detached: process.platform !== "win32", windowsHide: true });
    let timedOut = false;
    const kill = (): void => {
      timedOut = true;
      try {
        if (process.platform === "win32" || child.pid === undefined) child.kill("SIGKILL");
        else process.kill(-child.pid, "SIGKILL");
      } catch {
        // It ended in the same moment.
      }
    };
    signal.addEventListener("abort", kill, { once: true });
    child.stdout.on("data", (chunk: Buffer) => output.write(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.write(chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", kill);
      resolve(timedOut ? "timed out" : (code ?? "killed"));
    });
  });
}
