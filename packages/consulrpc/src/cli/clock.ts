/** The time of day, to compare with a server's. */
export function timeOfDayMs(): number {
  return Date.now();
}

/** For measuring; it never jumps. */
export function monotonicMs(): number {
  return performance.now();
}
