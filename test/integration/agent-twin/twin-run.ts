/** Episodes of random steps until the count is reached; the first difference is made as small as it can be. */
import { type Difference, runSteps } from "./episode.js";
import { type Pair, startPair } from "./pair.js";
import { type Random, type Step, Steps } from "./steps.js";

const EPISODE_STEPS = 40;
const PROGRESS_EPISODES = 25;
/** Replays that making a difference small may cost. */
const REPLAYS_MAX = 80;

export interface TwinResult {
  readonly steps: number;
  readonly differences: readonly Found[];
}

export interface Found extends Difference {
  readonly seed: number;
  readonly shortest: readonly Step[];
}

export async function runTwins(steps: number, seed: number, differencesMax: number, progress: (line: string) => void): Promise<TwinResult> {
  const pair = await startPair();
  const differences: Found[] = [];
  let done = 0;
  try {
    for (let episode = 0; done < steps && differences.length < differencesMax; episode++) {
      const generator = new Steps(seeded(seed + episode));
      const all = Array.from({ length: Math.min(EPISODE_STEPS, steps - done) }, () => generator.next());
      const difference = await runSteps(pair, all);
      done += difference === undefined ? all.length : difference.at + 1;
      if (episode % PROGRESS_EPISODES === PROGRESS_EPISODES - 1) progress(`${done} steps`);
      if (difference === undefined) continue;
      const shortest = await shorten(pair, all.slice(0, difference.at + 1));
      const again = (await runSteps(pair, shortest)) ?? difference;
      const found = { ...again, seed: seed + episode, shortest };
      if (differences.some((known) => JSON.stringify(known.step) === JSON.stringify(found.step))) continue;
      differences.push(found);
      progress(describe(found));
    }
  } finally {
    await pair.close();
  }
  return { steps: done, differences };
}

/** Leaves out halves, then quarters, ... as long as the twins still part (Zeller, delta debugging). */
async function shorten(pair: Pair, steps: readonly Step[]): Promise<readonly Step[]> {
  let current = steps;
  let replays = 0;
  for (let size = Math.ceil(current.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < current.length - 1 && replays < REPLAYS_MAX; ) {
      const without = [...current.slice(0, at), ...current.slice(Math.min(at + size, current.length - 1))];
      replays++;
      const difference = await runSteps(pair, without);
      if (difference === undefined) at += size;
      else current = without.slice(0, difference.at + 1);
    }
  }
  return current;
}

export function describe({ seed, shortest, ours, real }: Found): string {
  const line = ({ method, path, body, during }: Step): string =>
    `  ${method} ${path}${body === undefined ? "" : ` ${body}`}${during === undefined ? "" : `\n    while${line(during)}`}`;
  return [`seed ${seed}:`, ...shortest.map(line), "--- ours", ours, "--- real", real, ""].join("\n");
}

/** mulberry32 */
function seeded(seed: number): Random {
  let state = seed * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
