/** Where a Consul agent listens. */
export interface Address {
  readonly tls: boolean;
  /** Without brackets; the socket's path for unix addresses. */
  readonly host: string;
  /** 0 for unix addresses. */
  readonly port: number;
  readonly unix: boolean;
  /** Goes before "/v1"; "" where Consul sits at the root. */
  readonly prefix: string;
  /** For people and messages. */
  readonly text: string;
}

const PORT_HTTP = 8500;
const PORT_HTTPS = 8501;

/**
 * Reads one address as Consul's own clients write them: "host", "host:port", "http://...", "https://...",
 * "unix:///path". `tls` decides where no scheme is given. Throws TypeError for anything else.
 */
export function parseAddress(text: string, tls = false): Address {
  const trimmed = text.trim();
  if (trimmed.startsWith("unix://")) {
    const path = trimmed.slice("unix://".length);
    if (path === "") throw new TypeError(`Consul address ${JSON.stringify(text)} names no socket`);
    return { tls: false, host: path, port: 0, unix: true, prefix: "", text: trimmed };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    throw new TypeError(`Consul address ${JSON.stringify(text)}: ${scheme} is none of http, https, unix`);
  }
  const secure = scheme === undefined ? tls : scheme === "https";
  const url = parseUrl(text, `${secure ? "https" : "http"}://${scheme === undefined ? trimmed : trimmed.slice(scheme.length + 3)}`);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = portOf(url, scheme !== undefined, secure);
  const shown = host.includes(":") ? `[${host}]` : host;
  const prefix = url.pathname.replace(/\/+$/, "");
  return { tls: secure, host, port, unix: false, prefix, text: `${secure ? "https" : "http"}://${shown}:${port}${prefix}` };
}

function parseUrl(text: string, url: string): URL {
  try {
    const parsed = new URL(url);
    if (parsed.hostname !== "") return parsed;
  } catch {
    // the sentence below says more than the parser's
  }
  throw new TypeError(`Consul address ${JSON.stringify(text)} is not host, host:port, a URL or unix:///path`);
}

/** A URL drops its scheme's own port: "http://consul" and "http://consul:80" both mean 80, a bare "consul" means 8500. */
function portOf(url: URL, schemeGiven: boolean, secure: boolean): number {
  if (url.port !== "") return Number(url.port);
  if (schemeGiven) return secure ? 443 : 80;
  return secure ? PORT_HTTPS : PORT_HTTP;
}
