/**
 * CONSULRPC_DEBUG=channel,server (or "all") writes what those parts do to
 * standard error, one line each. Off, a line costs a function call that does nothing.
 */
const enabled: ReadonlySet<string> = new Set((process.env.CONSULRPC_DEBUG ?? "").split(",").map((name) => name.trim()));

/** The log of one subsystem: "channel", "resolver", "retry", "server". */
export function debugLog(subsystem: string): (line: string) => void {
  if (!enabled.has(subsystem) && !enabled.has("all")) return () => {};
  return (line) => process.stderr.write(`${new Date().toISOString()} ${subsystem}: ${line}\n`);
}
