import type { BenchCase } from "./harness/case.js";
import { everyPair } from "./harness/pairs.js";
import type { RoundResult } from "./load/load.js";

const MIB = 2 ** 20;

/** 1 MiB there and 1 MiB back; both are counted. */
export function cases(): readonly BenchCase[] {
  const megabytesPerSecond = ({ count, seconds }: RoundResult): number => (2 * count * MIB) / 1e6 / seconds;
  return [1, 8].map((concurrency) => ({
    name: `echo 1 MiB c=${concurrency}`,
    unit: "MB/s",
    better: "higher",
    quick: true,
    bars: { "grpc-js": 2, "grpc-go": 0.7 },
    contestants: everyPair({ kind: "echo", concurrency, bytes: MIB }, megabytesPerSecond),
  }));
}
