import type { BenchCase, BenchLine, Contestant } from "./case.js";
import { PeerMissing } from "./case.js";

const ROUNDS = 5;
const ROUNDS_QUICK = 3;
const ROUND_MS = 1_500;
const ROUND_QUICK_MS = 500;
/** Before the first round: compilers of hot code need about a second, ours and the peers' alike. */
const WARM_UP_MS = 1_000;
const WARM_UP_QUICK_MS = 700;

export interface MeasureOptions {
  readonly quick: boolean;
  /** Told what is left out, and why. */
  readonly say: (text: string) => void;
}

/** Runs one case: sets up every contestant, warms each of them up, then measures them in turns and takes medians. */
export async function measure(bench: string, benchCase: BenchCase, { quick, say }: MeasureOptions): Promise<BenchLine> {
  const rounds = benchCase.rounds ?? (quick ? ROUNDS_QUICK : ROUNDS);
  const roundMs = benchCase.roundMs ?? (quick ? ROUND_QUICK_MS : ROUND_MS);
  const running = new Map<string, Contestant>();
  try {
    for (const [name, start] of Object.entries(benchCase.contestants)) {
      const contestant = await startOrSkip(name, start, say);
      if (contestant !== undefined) running.set(name, contestant);
    }
    const figures = new Map([...running.keys()].map((name) => [name, [] as number[]]));
    for (const contestant of running.values()) await contestant.round(quick ? WARM_UP_QUICK_MS : WARM_UP_MS);
    for (let round = 0; round < rounds; round++) {
      for (const [name, contestant] of running) figures.get(name)?.push(await contestant.round(roundMs));
    }
    return line(bench, benchCase, figures);
  } finally {
    for (const contestant of running.values()) await contestant.close?.();
  }
}

async function startOrSkip(
  name: string,
  start: () => Promise<Contestant> | Contestant,
  say: (text: string) => void,
): Promise<Contestant | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof PeerMissing) || name === "ours") throw error;
    say(`${name} is left out: ${error.message}`);
    return undefined;
  }
}

function line(bench: string, { name, unit, better }: BenchCase, figures: ReadonlyMap<string, readonly number[]>): BenchLine {
  const medians = Object.fromEntries([...figures].map(([contestant, rounds]) => [contestant, rounded(median(rounds))]));
  const { ours, ...peers } = medians;
  if (ours === undefined) throw new TypeError(`bench ${bench}, case ${name}: no contestant "ours"`);
  return { bench, case: name, unit, better, ours, peers };
}

/** The middle figure; the mean of the two middle ones where their number is even. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((left, right) => left - right);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** Four significant digits: more would be noise. */
function rounded(figure: number): number {
  return Number(figure.toPrecision(4));
}
