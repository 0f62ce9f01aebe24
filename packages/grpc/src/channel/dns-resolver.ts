import { type Clock, realClock } from "../call/clock.js";
import { proxyFor } from "./proxy-environment.js";
import type { Resolution, Resolver } from "./resolver.js";
import { lookupAddresses } from "./socket.js";
import { plainEndpoint, splitAddress } from "./target.js";

/** How often a name is looked up again. */
export const DNS_INTERVAL_MS = 30_000;
/** The wait behind the first failure; it doubles up to the interval. */
export const DNS_RETRY_MS = 1_000;

/**
 * dns://host:port is every address of the name, one endpoint for each family's
 * address that the system returns. "localhost" and plain addresses are one
 * endpoint, whose families are raced when it connects (RFC 8305).
 */
export const dnsResolver: Resolver = async function* (target, signal): AsyncGenerator<Resolution> {
  // dns://server/host:port names a DNS server, which the system's resolver cannot be told: the last part counts.
  const address = target.name.slice(target.name.lastIndexOf("/") + 1);
  const { host, port } = splitAddress(address.includes(":") ? address : `${address}:443`);
  // A proxy looks names up itself.
  if (host === "localhost" || isAddress(host) || proxyFor(host, port, true) !== undefined) {
    yield { endpoints: [plainEndpoint(`${host.includes(":") ? `[${host}]` : host}:${port}`)], freshness: "fresh" };
    return;
  }
  yield* lookedUp(host, port, signal, realClock);
};

async function* lookedUp(host: string, port: number, signal: AbortSignal, clock: Clock): AsyncGenerator<Resolution> {
  let last: Resolution | undefined;
  for (let failures = 0; !signal.aborted; ) {
    try {
      const addresses = await lookupAddresses(host);
      const endpoints = addresses.map((address) => plainEndpoint(address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`));
      last = { endpoints, freshness: "fresh" };
      failures = 0;
      yield last;
    } catch (error) {
      failures++;
      const reason = `${host} cannot be looked up: ${(error as Error).message}`;
      yield last === undefined ? { endpoints: [], freshness: "fresh", reason } : { ...last, freshness: "stale", reason };
    }
    await pause(failures === 0 ? DNS_INTERVAL_MS : Math.min(DNS_RETRY_MS * 2 ** (failures - 1), DNS_INTERVAL_MS), signal, clock);
  }
}

function pause(delayMs: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(delayMs, done, true);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":");
}
