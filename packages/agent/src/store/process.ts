/** What tells one process from another on this machine, also after its number was given to a new one. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

export interface ProcessMark {
  readonly pid: number;
  /** The kernel's start time of the process; empty where the system does not tell. */
  readonly startedAt: string;
  readonly host: string;
}

export function ownMark(): ProcessMark {
  return { pid: process.pid, startedAt: startTime(process.pid), host: hostname() };
}

/** Whether the process that left the mark still runs. Only meaningful for marks of this host. */
export function isRunning(mark: ProcessMark): boolean {
  try {
    process.kill(mark.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return mark.startedAt === startTime(mark.pid);
}

/** Field 22 of /proc/PID/stat (proc(5)), and the boot it counts from. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const field = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${field}`;
  } catch {
    return "";
  }
}
