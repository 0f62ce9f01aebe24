import type { Count } from "./traffic.js";

/** Lines that stay, and one that is redrawn where somebody looks; without a terminal every status is a line. */
export interface Screen {
  line(text: string): void;
  status(text: string): void;
}

/** On a terminal: back to the line's beginning, and clear to its end. */
const REDRAW = "\r\u001b[K";

export function screenOn(write: (text: string) => void, isTerminal: boolean): Screen {
  let status = "";
  if (!isTerminal) return { line: (text) => write(`${text}\n`), status: (text) => write(`${text}\n`) };
  return {
    line: (text) => write(`${REDRAW}${text}\n${status}`),
    status: (text) => {
      status = text;
      write(`${REDRAW}${text}`);
    },
  };
}

/** "live: 612 calls/s  p50 0.8 ms  p99 2.1 ms  failed 0  users 210/201/201  products 306/306  ..." */
export function statusLine(count: Count, names: readonly string[], instances: ReadonlyMap<string, unknown>): string {
  const alive = names.map((name) => {
    const answering = [...instances.keys()].filter((id) => id.startsWith(`${name}-`));
    const shares = answering.map((id) => count.byInstance.get(id) ?? 0);
    return `${name} ${shares.join("/")}`;
  });
  const failure = count.failed === 0 ? "" : ` (${count.lastFailure})`;
  return `live:        ${count.calls} orders/s  p50 ${count.p50Ms.toFixed(1)} ms  p99 ${count.p99Ms.toFixed(1)} ms  failed ${count.failed}${failure}  ${alive.join("  ")}`;
}
