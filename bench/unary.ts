import type { BenchCase, Contestant } from "./harness/case.js";
import { serverUnderH2load } from "./harness/h2load.js";
import { everyPair, pairs, pairUnderLoad, perSecond } from "./harness/pairs.js";

/** hello.HelloService/SayHello, plaintext, one connection. */
export function cases(): readonly BenchCase[] {
  return [
    unary(64, true, { "grpc-js": 12, "grpc-go": 1.5 }),
    unary(1, true, { "grpc-js": 2.5, "grpc-go": 1 }),
    unary(512, true, { "grpc-js": 15, "grpc-go": 2 }),
    {
      name: "server under h2load c=64",
      unit: "calls/s",
      better: "higher",
      quick: true,
      bars: { "grpc-js": 8, "grpc-go": 1.5 },
      contestants: Object.fromEntries(
        Object.entries(pairs).map(([name, pair]) => [name, () => serverUnderH2load(pair(), { connections: 1, streamsPerConnection: 64 })]),
      ),
    },
    latencyAtHalfLoad(),
    unary(8, false),
    unary(4096, false),
  ];
}

function unary(concurrency: number, quick: boolean, bars: Readonly<Record<string, number>> = {}): BenchCase {
  const contestants = everyPair({ kind: "unary", concurrency }, perSecond);
  return { name: `plaintext c=${concurrency}`, unit: "calls/s", better: "higher", quick, bars, contestants };
}

/** How long grpc-js's maximum is looked for before its half is offered to everybody. */
const MAXIMUM_MS = 1_500;

/** Open loop: calls start when they are due, as they do for a server in the world; the same rate for all. */
function latencyAtHalfLoad(): BenchCase {
  let rate: Promise<number> | undefined;
  const start = async (name: string): Promise<Contestant> => {
    rate ??= halfOfGrpcJs();
    return pairUnderLoad((pairs[name] as () => never)(), { kind: "unary", concurrency: 1, rate: await rate }, ({ p99Us }) => p99Us);
  };
  return {
    name: "p99 at half of grpc-js's maximum",
    unit: "us",
    better: "lower",
    bars: { "grpc-js": 0.5 },
    contestants: Object.fromEntries(Object.keys(pairs).map((name) => [name, () => start(name)])),
  };
}

async function halfOfGrpcJs(): Promise<number> {
  const contestant = await pairUnderLoad((pairs["grpc-js"] as () => never)(), { kind: "unary", concurrency: 64 }, perSecond);
  try {
    await contestant.round(MAXIMUM_MS);
    return Math.floor((await contestant.round(MAXIMUM_MS)) / 2);
  } finally {
    await contestant.close?.();
  }
}
