/** Units of grpc-timeout (PROTOCOL-HTTP2.md) in milliseconds. */
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
/** TimeoutValue has at most 8 digits. */
const VALUE_MAX = 99_999_999;
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

/** "100m" to 100; undefined for what is no timeout. Floating point: 99999999H does not overflow. */
export function parseTimeout(text: string): number | undefined {
  const match = TIMEOUT.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] as string] as number);
}

/** The finest unit that fits; rounded up, so that the peer never gives up before us. */
export function formatTimeout(timeoutMs: number): string {
  if (!(timeoutMs > 0)) return "1n";
  if (timeoutMs < 10) return `${Math.ceil(timeoutMs * 1_000)}u`;
  if (timeoutMs <= VALUE_MAX) return `${Math.ceil(timeoutMs)}m`;
  if (timeoutMs <= VALUE_MAX * 1_000) return `${Math.ceil(timeoutMs / 1_000)}S`;
  if (timeoutMs <= VALUE_MAX * 60_000) return `${Math.ceil(timeoutMs / 60_000)}M`;
  return `${Math.min(Math.ceil(timeoutMs / 3_600_000), VALUE_MAX)}H`;
}
