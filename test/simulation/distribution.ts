/** How long something takes, drawn anew each time. */
export type Distribution = (random: () => number) => number;

export function constant(valueMs: number): Distribution {
  return () => valueMs;
}

export function exponential(meanMs: number): Distribution {
  return (random) => -meanMs * Math.log(1 - random());
}

/** What service times look like in the field: a body around the median and a long tail. sigma 0.5 puts p99 at about 3.2 x the median. */
export function logNormal(medianMs: number, sigma: number): Distribution {
  return (random) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return medianMs * Math.exp(sigma * normal);
  };
}
