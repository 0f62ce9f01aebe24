import type { BenchLine } from "./case.js";

/** A bar that is not met yet. CI holds the case against what was reached instead, so that it gets no worse; the line still says MISSED. */
export interface Shortfall {
  /** What was measured last, as a multiple of the peer. */
  readonly ratio: number;
  readonly why: string;
}

/** By "bench: case: peer". An entry leaves with the change that meets its bar; docs/roadmap.md says what is next for each. */
const shortfalls: Readonly<Record<string, Shortfall>> = {
  "stream: bidi ping-pong 64 streams: grpc-js": { ratio: 4.4, why: "each message of a stream costs several promises on both sides" },
  "stream: server streaming 100 B: grpc-js": { ratio: 7.8, why: "each message of a stream costs several promises on both sides" },
  "stream: server streaming 100 B: grpc-go": { ratio: 0.97, why: "each message of a stream costs several promises on both sides" },
  "large: echo 1 MiB c=1: grpc-go": { ratio: 0.6, why: "reassembly and encoding copy, and two fifths of the time is garbage collection" },
  "large: echo 1 MiB c=8: grpc-go": { ratio: 0.65, why: "reassembly and encoding copy, and two fifths of the time is garbage collection" },
  "connections: memory of an idle connection, server: grpc-js": { ratio: 0.7, why: "each connection holds a timer and tables of its own" },
  "balance: default preset unary c=64: no preset": {
    ratio: 0.71,
    why: "least loaded, ejection and the retry budget each hear of every call",
  },
  "codec: nested encode: protobuf-es": { ratio: 3.2, why: "short strings are written by a loop, maps are walked by entries" },
};

export function shortfallOf(line: Pick<BenchLine, "bench" | "case">, peer: string): Shortfall | undefined {
  return shortfalls[`${line.bench}: ${line.case}: ${peer}`];
}
