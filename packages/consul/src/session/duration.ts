const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a Go duration: "1.5h", "2m30s", "100ms". Throws TypeError for anything else. */
export function durationMs(text: string): number {
  const parts = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text) ? text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g) : undefined;
  if (parts === undefined) throw new TypeError(`${JSON.stringify(text)} is no duration; write "10s", "1m30s" or "250ms"`);
  let ms = 0;
  for (const [, amount, unit] of parts) ms += Number(amount) * UNIT_MS[unit!]!;
  return ms;
}
