/** How long to wait between attempts to connect (connection-backoff.md). */
export interface BackoffOptions {
  /** @default 1 s */
  readonly initialMs?: number;
  /** @default 120 s */
  readonly maxMs?: number;
  /** @default 1.6 */
  readonly multiplier?: number;
  /** Part of the delay that chance adds or takes away. @default 0.2 */
  readonly jitter?: number;
  /** An attempt to connect, with TLS and the peer's SETTINGS, may take so long. @default 20 s */
  readonly connectTimeoutMs?: number;
}

export const BACKOFF_DEFAULT: Required<BackoffOptions> = {
  initialMs: 1_000,
  maxMs: 120_000,
  multiplier: 1.6,
  jitter: 0.2,
  connectTimeoutMs: 20_000,
};

/** The delay behind the `failures`-th failure in a row (from 1). */
export function backoffDelayMs(options: Required<BackoffOptions>, failures: number, random: () => number): number {
  const delay = Math.min(options.initialMs * options.multiplier ** (failures - 1), options.maxMs);
  return delay * (1 + options.jitter * (2 * random() - 1));
}
