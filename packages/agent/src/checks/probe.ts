import type { CheckOutcome } from "./check-runner.js";

/**
 * One run of a check. It never rejects for what it found: a refused connection is an outcome. When the signal fires it lets go of
 * everything it holds and settles soon; its outcome no longer counts.
 */
export type Probe = (signal: AbortSignal) => Promise<CheckOutcome>;

export const passing = (output: string): CheckOutcome => ({ status: "passing", output });
export const warning = (output: string): CheckOutcome => ({ status: "warning", output });
export const critical = (output: string): CheckOutcome => ({ status: "critical", output });
