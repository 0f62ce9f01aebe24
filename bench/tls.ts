import { selfSigned } from "@consulrpc/tools";
import type { BenchCase } from "./harness/case.js";
import { everyPair, perSecond } from "./harness/pairs.js";

/** Unary over TLS 1.3, one connection, a P-256 certificate. */
export function cases(): readonly BenchCase[] {
  const tls = selfSigned();
  return [64, 1].map((concurrency) => ({
    name: `tls c=${concurrency}`,
    unit: "calls/s",
    better: "higher",
    quick: true,
    bars: concurrency === 64 ? { "grpc-js": 6 } : {},
    contestants: everyPair({ kind: "unary", concurrency, tls }, perSecond),
  }));
}
