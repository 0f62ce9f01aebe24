/** Says what went wrong with a connection as Go does, because operators search for those words. */
export function dialError(error: unknown, network: "tcp" | "udp", address: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words = WORDS[code ?? ""];
  if (words !== undefined) return `dial ${network} ${address}: ${words}`;
  if (code === "ENOTFOUND") return `dial ${network}: lookup ${address.replace(/:\d+$/, "")}: no such host`;
  return `dial ${network} ${address}: ${message}`;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  ECONNRESET: "read: connection reset by peer",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
  ABORT_ERR: "i/o timeout",
  EADDRNOTAVAIL: "connect: cannot assign requested address",
};

/** `host:port`, `[v6]:port`; undefined when there is no port. */
export function splitHostPort(address: string): { readonly host: string; readonly port: number } | undefined {
  const found = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(address);
  if (found === null) return undefined;
  const port = Number(found[3]);
  return port > 65_535 ? undefined : { host: found[1] ?? (found[2] || "127.0.0.1"), port };
}
