/**
 * One who takes part in a case: us, or a peer. All of a case's contestants are
 * set up before the first round and measured in turns, so that whatever the
 * machine does meanwhile happens to each of them.
 */
export interface Contestant {
  /** Measures once and returns the figure, in the case's unit. Checks every answer: throws when one is wrong. */
  round(durationMs: number): Promise<number> | number;
  close?(): Promise<void> | void;
}

export interface BenchCase {
  /** As on the line: "plaintext c=64". */
  readonly name: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  /** Runs with --quick too: true for what stands first in a table of bars. @default false */
  readonly quick?: boolean;
  /**
   * What our figure must be as a multiple of a peer's (at least, or at most where lower is better).
   * CI fails only where it is missed by more than a third.
   */
  readonly bars?: Readonly<Record<string, number>>;
  /** Rounds a contestant. @default 5, and 3 with --quick */
  readonly rounds?: number;
  /** Length of one round. @default 1500, and 500 with --quick */
  readonly roundMs?: number;
  /** Keyed "ours", "grpc-js", ... A factory throws `PeerMissing` where its peer is not built; that peer is left out, and stderr says so. */
  readonly contestants: Readonly<Record<string, () => Promise<Contestant> | Contestant>>;
}

/** Each `bench/NAME.ts` exports `cases`. */
export type Cases = () => readonly BenchCase[] | Promise<readonly BenchCase[]>;

/** A peer that cannot take part here; the message says what is missing and how to get it. */
export class PeerMissing extends Error {
  override readonly name = "PeerMissing";
}

/** The line that `--json` prints. */
export interface BenchLine {
  readonly bench: string;
  readonly case: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly ours: number;
  readonly peers: Readonly<Record<string, number>>;
}
