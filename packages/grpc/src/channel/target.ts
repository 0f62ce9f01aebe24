import type { Endpoint, Target } from "./resolver.js";

/** "consul://demo?tag=v2" taken apart; text without a scheme is "host:port" and goes to dns (or static, for addresses). */
export function parseTarget(text: string): Target {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^?]*)(?:\?(.*))?$/i.exec(text);
  if (match !== null) {
    return {
      scheme: (match[1] as string).toLowerCase(),
      name: decodeURIComponent(match[2] as string),
      parameters: new URLSearchParams(match[3] ?? ""),
      text,
    };
  }
  if (text.startsWith("unix:")) return { scheme: "unix", name: text.slice("unix:".length), parameters: new URLSearchParams(), text };
  if (text === "") throw new TypeError("the target is empty; it looks like host:port, dns://host:port, static://a:1,b:2 or unix:///path");
  return { scheme: "dns", name: text, parameters: new URLSearchParams(), text };
}

/** An endpoint of which only the address is known. */
export function plainEndpoint(address: string): Endpoint {
  return { id: address, address, weight: 1, tags: [], metadata: {} };
}

/** "[::1]:80" to "::1" and 80. Throws a TypeError for what is no address. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || !(port <= 65_535)) throw new TypeError(`address ${JSON.stringify(address)} must look like host:port or [v6]:port`);
  return { host: (match[1] ?? match[2]) as string, port };
}
