import { type ConnectOptions, connectHttp2 } from "@consulrpc/http2";
import { type ChannelTls, tlsSource } from "../credentials/tls.js";
import type { Connector } from "./connector.js";
import { connectThroughProxy } from "./proxy.js";
import { proxyFor } from "./proxy-environment.js";
import { splitAddress } from "./target.js";

export interface SocketConnectorOptions {
  readonly tls: ChannelTls | undefined;
  readonly authority: string;
  readonly proxy: boolean;
}

/** TLS sessions remembered for resumption, one for each server name and address. */
const SESSIONS_MAX = 256;

/** Connections over TCP, TLS and unix sockets. IPv4 and IPv6 of one name are raced by Node (RFC 8305). */
export function socketConnector(options: SocketConnectorOptions): Connector {
  const sessions = new Map<string, Buffer>();
  return async (address, accept, signal) => {
    const where: ConnectOptions = address.startsWith("unix:") ? { path: address.slice("unix:".length) } : splitAddress(address);
    const proxy =
      options.proxy && where.path === undefined
        ? proxyFor(where.host as string, where.port as number, options.tls !== undefined)
        : undefined;
    const socket = proxy === undefined ? undefined : await connectThroughProxy(proxy, address, signal);
    const tls = options.tls === undefined ? undefined : tlsOptions(options.tls, options.authority, sessions.get(address));
    const endpoint = await connectHttp2(
      { ...where, signal, ...(tls === undefined ? {} : { tls }), ...(socket === undefined ? {} : { socket }) },
      accept,
    );
    // The tunnel was held while nobody read what the server had to say.
    if (tls === undefined) socket?.resume();
    endpoint.tls?.on("session", (session: Buffer) => {
      if (sessions.size >= SESSIONS_MAX && !sessions.has(address)) sessions.delete(sessions.keys().next().value as string);
      sessions.set(address, session);
    });
    return endpoint;
  };
}

function tlsOptions(tls: ChannelTls, authority: string, session: Buffer | undefined): NonNullable<ConnectOptions["tls"]> {
  const { key, certificate, roots } = tlsSource(tls.source ?? {}).current();
  const servername = tls.serverName ?? authority.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  return {
    // RFC 6066 §3: no address in SNI; Node still checks it against the certificate.
    ...(/^[\d.]+$|:/.test(servername) ? { host: servername } : { servername }),
    ...(key === undefined ? {} : { key }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(roots === undefined ? {} : { ca: roots as string }),
    ...(session === undefined ? {} : { session }),
  };
}
