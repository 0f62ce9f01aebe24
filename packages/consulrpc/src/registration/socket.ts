import dgram from "node:dgram";
import { lookup } from "node:dns/promises";
import os from "node:os";
import { isLoopback, isWildcard } from "./advertised-address.js";

/** Asked of the kernel's routing table alone: no packet leaves. */
const ROUTE_MS_MAX = 1_000;

/** This machine's address on the way to `host`; undefined when there is no way. */
export async function localAddressTowards(host: string, port: number): Promise<string | undefined> {
  try {
    const { address, family } = await lookup(host);
    const socket = dgram.createSocket(family === 6 ? "udp6" : "udp4");
    try {
      const own = await new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("no route in time")), ROUTE_MS_MAX);
        socket.once("error", reject);
        socket.connect(port === 0 ? 8500 : port, address, () => {
          clearTimeout(timer);
          resolve(socket.address().address);
        });
      });
      // Deno does not tell which address the kernel chose; towards loopback it can only be loopback.
      if (!isWildcard(own)) return own;
      return isLoopback(address) ? address : undefined;
    } finally {
      socket.close();
    }
  } catch {
    // no such host, or no route: somebody else's address has to do
    return undefined;
  }
}

export function interfaceAddresses(): string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter((entry) => !entry.internal && !(entry.family === "IPv6" && entry.address.startsWith("fe80")))
    .sort((a, b) => a.family.localeCompare(b.family))
    .map((entry) => entry.address);
}

export function hostname(): string {
  return os.hostname();
}
