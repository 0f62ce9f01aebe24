import { BlockList, isIP } from "./socket.js";

/** An HTTP proxy that tunnels with CONNECT. */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** "user:password", where the variable holds them. */
  readonly credentials: string | undefined;
}

/** What HTTPS_PROXY, HTTP_PROXY, grpc_proxy and NO_PROXY say about a host; names in lower case count too, and first. As in grpc-js nothing is exempt but what NO_PROXY names. */
export function proxyFor(host: string, port: number, secure: boolean, environment: NodeJS.ProcessEnv = process.env): HttpProxy | undefined {
  const read = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name.toUpperCase()] || undefined;
  const url = read("grpc_proxy") ?? (secure ? read("https_proxy") : read("http_proxy"));
  if (url === undefined || exempt(host, port, read("no_grpc_proxy") ?? read("no_proxy") ?? "")) return undefined;
  const parsed = new URL(url.includes("://") ? url : `http://${url}`);
  if (parsed.protocol !== "http:") throw new TypeError(`proxy ${parsed.protocol}//${parsed.host}: only http:// proxies are known`);
  const credentials = parsed.username === "" ? undefined : `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  return { host: parsed.hostname, port: Number(parsed.port || 80), credentials };
}

function exempt(host: string, port: number, list: string): boolean {
  const name = host.toLowerCase();
  return list.split(",").some((part) => {
    const entry = part.trim().toLowerCase();
    return entry !== "" && (entry.includes("/") ? inNetwork(name, entry) : isNamed(name, port, entry));
  });
}

/** "name", ".name", "*.name", "*", an address, each with or without ":port"; IPv6 with a port stands in brackets. */
function isNamed(host: string, port: number, entry: string): boolean {
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry);
  const [name = "", only] = bracketed === null ? (isIP(entry) === 6 ? [entry] : entry.split(":")) : bracketed.slice(1);
  if (only !== undefined && only !== String(port)) return false;
  const suffix = name.replace(/^\*?\./, "");
  return name === "*" || host === suffix || host.endsWith(`.${suffix}`);
}

/** An entry like 10.0.0.0/8. What is no network exempts nothing. */
function inNetwork(host: string, entry: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const members = new BlockList();
  members.addSubnet(network, Number(bits), family);
  return members.check(host, family);
}
