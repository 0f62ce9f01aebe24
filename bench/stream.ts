import type { BenchCase } from "./harness/case.js";
import { everyPair, perSecond } from "./harness/pairs.js";

/** Messages of 100 bytes: one server stream after the other, and ping-pong on 64 streams at once. */
export function cases(): readonly BenchCase[] {
  return [
    {
      name: "server streaming 100 B",
      unit: "messages/s",
      better: "higher",
      quick: true,
      bars: { "grpc-js": 10, "grpc-go": 1 },
      contestants: everyPair({ kind: "stream", concurrency: 1 }, perSecond),
    },
    {
      name: "bidi ping-pong 64 streams",
      unit: "round trips/s",
      better: "higher",
      quick: true,
      bars: { "grpc-js": 8 },
      contestants: everyPair({ kind: "pingpong", concurrency: 64, bytes: 100 }, perSecond),
    },
  ];
}
