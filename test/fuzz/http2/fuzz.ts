import { Coverage } from "./coverage.js";
import { drive, type Side } from "./drive.js";
import { freshInput, type Input, mutate } from "./input.js";
import { Random } from "./random.js";

/** Inputs between two looks at the coverage. */
const BATCH = 200;
/** Inputs kept as parents. Beyond: the oldest goes. */
const CORPUS_MAX = 2_000;
/** Growth of the heap over a run, beyond which something is kept that should not be. */
const HEAP_GROWTH_MAX_BYTES = 256 * 1024 * 1024;

export interface FuzzResult {
  readonly inputs: number;
  readonly corpus: number;
  readonly blocks: number;
}

/**
 * Coverage-guided: inputs are mutated from those that reached something new.
 * Throws, with side, seed and input in hexadecimal, when the core breaks a promise.
 */
export async function fuzz(durationMs: number, seed: number): Promise<FuzzResult> {
  const random = new Random(seed);
  const coverage = new Coverage();
  await coverage.start();
  const corpus: { side: Side; input: Input }[] = [];
  const endMs = performance.now() + durationMs;
  const heapBytes = process.memoryUsage().heapUsed;
  let inputs = 0;
  try {
    while (performance.now() < endMs) {
      const batch = Array.from({ length: BATCH }, () => next(corpus, random));
      for (const { side, input } of batch) attempt(side, input, seed);
      inputs += batch.length;
      if ((await coverage.news()) > 0) corpus.push(...sift(batch, random));
      if (corpus.length > CORPUS_MAX) corpus.splice(0, corpus.length - CORPUS_MAX);
    }
    const growth = process.memoryUsage().heapUsed - heapBytes;
    if (growth > HEAP_GROWTH_MAX_BYTES) throw new Error(`the heap has grown by ${growth} bytes`);
    return { inputs, corpus: corpus.length, blocks: coverage.blocks };
  } finally {
    coverage.stop();
  }
}

function next(corpus: readonly { side: Side; input: Input }[], random: Random): { side: Side; input: Input } {
  const parent = corpus.length > 0 && random.below(8) > 0 ? random.pick(corpus) : undefined;
  if (parent === undefined) return { side: random.pick(["client", "server"] as const), input: freshInput(random) };
  return { side: parent.side, input: mutate(parent.input, random.pick(corpus).input, random) };
}

/** Which of the batch brought the news is not worth a question each: a tenth of it goes on, chosen at random. */
function sift<T>(batch: readonly T[], random: Random): T[] {
  return batch.filter(() => random.below(10) === 0);
}

/** Runs one input; the cut is drawn from the seed and the input, so that a finding repeats. */
export function attempt(side: Side, input: Input, seed: number): void {
  try {
    drive(side, input, new Random(seed));
  } catch (error) {
    const hex = input.map((frame) => frame.toString("hex")).join(" ");
    throw new Error(`${side}, seed ${seed}, input ${hex}: ${(error as Error).message}`, { cause: error });
  }
}
