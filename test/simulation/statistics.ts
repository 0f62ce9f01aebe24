/** One call as its caller saw it. */
export interface Sample {
  readonly startedMs: number;
  readonly latencyMs: number;
  readonly ok: boolean;
}

export interface Summary {
  readonly calls: number;
  /** Share of calls that succeeded. */
  readonly success: number;
  /** Calls that succeeded, a second. */
  readonly goodput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Most work of a server over the mean. */
  readonly loadSpread: number;
}

/** Latencies are those of all calls, failed ones too: a policy does not get quicker by failing slow calls. */
export function summarise(samples: readonly Sample[], fromMs: number, untilMs: number, served: readonly number[]): Summary {
  const counted = samples.filter((sample) => sample.startedMs >= fromMs && sample.startedMs < untilMs);
  const latencies = Float64Array.from(counted, (sample) => sample.latencyMs).sort();
  const succeeded = counted.filter((sample) => sample.ok).length;
  const mean = served.reduce((sum, value) => sum + value, 0) / served.length;
  return {
    calls: counted.length,
    success: succeeded / counted.length,
    goodput: (succeeded * 1_000) / (untilMs - fromMs),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    p999Ms: percentile(latencies, 0.999),
    loadSpread: mean === 0 ? 0 : Math.max(...served) / mean,
  };
}

/** Of sorted values, by nearest rank. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Calls that succeeded in each second. */
export function goodputBySecond(samples: readonly Sample[], seconds: number): number[] {
  const buckets = new Array<number>(seconds).fill(0);
  for (const sample of samples) {
    const second = Math.floor((sample.startedMs + sample.latencyMs) / 1_000);
    if (sample.ok && second < seconds) buckets[second] = (buckets[second] as number) + 1;
  }
  return buckets;
}
