import type { BenchCase, BenchLine } from "./case.js";
import { type Shortfall, shortfallOf } from "./shortfalls.js";

/** A shared machine is noisy: CI fails only where a ratio misses its bar by more than this share. */
export const BAR_SLACK: number = 1 / 3;

export interface Verdict {
  readonly peer: string;
  /** Our figure over the peer's. */
  readonly ratio: number;
  readonly bar: number;
  readonly met: boolean;
  /** Missed by more than the slack; where the bar is known to be missed, by more than that under the known figure. */
  readonly missedFar: boolean;
  readonly shortfall: Shortfall | undefined;
}

/** Holds a line against the bars of its case; peers that did not run are not judged. */
export function verdicts(line: BenchLine, { bars = {}, better }: BenchCase): Verdict[] {
  return Object.entries(bars).flatMap(([peer, bar]) => {
    const figure = line.peers[peer];
    if (figure === undefined) return [];
    const ratio = line.ours / figure;
    const shortfall = shortfallOf(line, peer);
    const floor = shortfall?.ratio ?? bar;
    if (better === "higher") return [{ peer, ratio, bar, met: ratio >= bar, missedFar: ratio < floor * (1 - BAR_SLACK), shortfall }];
    return [{ peer, ratio, bar, met: ratio <= bar, missedFar: ratio > floor / (1 - BAR_SLACK), shortfall }];
  });
}
