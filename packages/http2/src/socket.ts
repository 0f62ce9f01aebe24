// Past 300 lines: the only file that may touch the network, for TCP, TLS and unix sockets, both sides.
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Server, type Socket } from "node:net";
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  TLSSocket,
  type TlsOptions,
  type Server as TlsServer,
} from "node:tls";
import { Http2Connection } from "./connection.js";
import type { ConnectionListener } from "./connection-listener.js";
import type { Http2Limits } from "./limits.js";
import type { OutputBatch } from "./output-batch.js";

/** The peer gets this long to take our last frames and close before the socket is destroyed. */
const LINGER_MS = 1_000;
const TICK_MS = 1_000;
const READ_BUFFER_BYTES: number = 64 * 1024;

/** What is known of a connection's transport. */
export interface Http2Endpoint {
  readonly connection: Http2Connection;
  /** "127.0.0.1:50051", "[::1]:50051", or the path of a unix socket. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** The TLS socket, for its certificates and protocol; undefined over plaintext. */
  readonly tls: TLSSocket | undefined;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Drops the connection at once; its open streams are reset. */
  destroy(reason?: string): void;
  /** The open connection keeps the process alive (the default), or does not. */
  ref(): void;
  unref(): void;
}

/** Called once for a connection; returns who hears of it. */
export type Accept = (endpoint: Http2Endpoint) => ConnectionListener;

export interface ListenOptions {
  /** @default 0, a free port */
  readonly port?: number;
  /** @default all addresses */
  readonly host?: string;
  /** A unix socket instead of host and port. */
  readonly path?: string;
  /** Given: TLS with ALPN "h2". */
  readonly tls?: TlsOptions;
  readonly limits?: Partial<Http2Limits>;
  /** A peer that never became a connection: failed TLS handshake, plaintext on the TLS port, ALPN without "h2". One call each; the socket is closed. */
  readonly onFault?: (reason: string, remoteAddress: string) => void;
}

export interface Http2Listener {
  /** "127.0.0.1:50051" or the path of the unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  readonly endpoints: ReadonlySet<Http2Endpoint>;
  /** New certificates for new connections. */
  setSecureContext(options: TlsOptions): void;
  /** Accepts no more. Resolves when every connection is gone; ending those is up to the caller. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly port?: number;
  /** @default "localhost" */
  readonly host?: string;
  /** A unix socket instead of host and port. */
  readonly path?: string;
  /** Given: TLS with ALPN "h2". */
  readonly tls?: ConnectionOptions;
  /** An open socket to use instead (a proxy's tunnel); with `tls`, TLS runs inside it. */
  readonly socket?: Socket;
  readonly limits?: Partial<Http2Limits>;
  readonly signal?: AbortSignal;
}

/** Binds and listens. Rejects when the address cannot be had. */
export async function listenHttp2(options: ListenOptions, accept: Accept): Promise<Http2Listener> {
  const endpoints = new Set<Http2Endpoint>();
  const adopt = (socket: Socket | TLSSocket): void => {
    const transport = new SocketTransport(socket, "server", options.limits, accept);
    endpoints.add(transport);
    socket.once("close", () => endpoints.delete(transport));
  };
  const server = options.tls === undefined ? createTcpServer({ noDelay: true }, adopt) : secureServer(options, options.tls, adopt);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Any free port is this process's own: node:cluster would give all its workers the same one (nodejs.org/api/cluster.html).
    const { port = 0, host, path } = options;
    server.listen(path === undefined ? { port, host, exclusive: port === 0 } : { path }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = server.address() as AddressInfo | string;
  return {
    address: typeof bound === "string" ? bound : formatAddress(bound.address, bound.port),
    port: typeof bound === "string" ? 0 : bound.port,
    endpoints,
    setSecureContext: (tls) => (server as TlsServer).setSecureContext(tls),
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function secureServer(options: ListenOptions, tls: TlsOptions, adopt: (socket: TLSSocket) => void): TlsServer {
  const fault = (reason: string, socket: Socket): void => {
    options.onFault?.(reason, addressOf(socket, "remote"));
    socket.destroy();
  };
  const server = createTlsServer({ minVersion: "TLSv1.2", ...tls, ALPNProtocols: ["h2"] }, (socket) => {
    socket.disableRenegotiation();
    if (socket.alpnProtocol === "h2") adopt(socket);
    else fault("the peer did not negotiate h2 by ALPN", socket);
  });
  server.on("connection", (socket: Socket) => socket.setNoDelay(true));
  server.on("tlsClientError", (error: Error, socket) => fault(`TLS handshake failed: ${error.message}`, socket));
  return server;
}

/** Connects. Rejects when no connection comes about: refused, TLS failed, ALPN without "h2", or `signal` aborted. */
export async function connectHttp2(options: ConnectOptions, accept: Accept): Promise<Http2Endpoint> {
  options.signal?.throwIfAborted();
  let transport: SocketTransport | undefined;
  const socket = openSocket(options, (bytes, count) => transport?.receive(bytes, count));
  await opened(socket, options);
  transport = new SocketTransport(socket, "client", options.limits, accept, options.tls === undefined && options.socket === undefined);
  return transport;
}

/** The buffer that all plaintext client sockets read into: a read is used up before the next one begins. On Windows reads overlap. */
const sharedReadBuffer: Buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

function openSocket(options: ConnectOptions, onRead: (bytes: Buffer, count: number) => void): Socket {
  const where = options.path === undefined ? { host: options.host ?? "localhost", port: options.port ?? 0 } : { path: options.path };
  if (options.tls !== undefined) {
    const inner = options.socket === undefined ? where : { socket: options.socket };
    return connectTls({ minVersion: "TLSv1.2", ...inner, ...options.tls, ALPNProtocols: ["h2"] });
  }
  if (options.socket !== undefined) return options.socket;
  const buffer = process.platform === "win32" ? Buffer.allocUnsafeSlow(READ_BUFFER_BYTES) : sharedReadBuffer;
  return connectTcp({
    ...where,
    noDelay: true,
    onread: {
      buffer,
      callback: (count: number, bytes: Uint8Array) => {
        onRead(bytes as Buffer, count);
        return true;
      },
    },
  });
}

function opened(socket: Socket, options: ConnectOptions): Promise<void> {
  if (options.tls === undefined && options.socket !== undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      socket.destroy(options.signal?.reason instanceof Error ? options.signal.reason : new Error("aborted"));
    };
    const fail = (error?: Error): void => {
      options.signal?.removeEventListener("abort", abort);
      reject(error ?? new Error("the socket closed before it was connected"));
    };
    const done = (): void => {
      options.signal?.removeEventListener("abort", abort);
      socket.off("error", fail);
      socket.off("close", fail);
      resolve();
    };
    options.signal?.addEventListener("abort", abort, { once: true });
    socket.once("error", fail);
    socket.once("close", () => fail());
    socket.once(options.tls === undefined ? "connect" : "secureConnect", () => {
      if (socket instanceof TLSSocket && socket.alpnProtocol !== "h2") socket.destroy(new Error("the server did not negotiate h2 by ALPN"));
      else done();
    });
  });
}

/** Drives one core with one socket. */
class SocketTransport implements Http2Endpoint {
  readonly connection: Http2Connection;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly tls: TLSSocket | undefined;
  private readonly socket: Socket;
  /** A write is under way; output waits in the core until it is done. */
  private writing = false;
  private finishing = false;
  private readonly flushLater: () => void;

  constructor(socket: Socket, role: "client" | "server", limits: Partial<Http2Limits> | undefined, accept: Accept, readsItself = false) {
    this.socket = socket;
    this.tls = socket instanceof TLSSocket ? socket : undefined;
    this.remoteAddress = addressOf(socket, "remote");
    this.localAddress = addressOf(socket, "local");
    this.flushLater = () => this.flush();
    let connection: Http2Connection | undefined;
    connection = new Http2Connection({ role, nowMs: performance.now(), ...(limits === undefined ? {} : { limits }) }, (created) => {
      connection = created;
      (this as { connection: Http2Connection }).connection = created;
      return accept(this);
    });
    this.connection = connection;
    if (!readsItself) socket.on("data", (bytes: Buffer) => this.receive(bytes, bytes.length));
    socket.on("error", (error) => this.gone(`the socket failed: ${error.message}`));
    socket.on("end", () => this.gone("the peer closed the socket"));
    socket.on("close", () => this.gone("the socket closed"));
    connection.onOutput = () => process.nextTick(this.flushLater);
    tickers.add(this);
    startTicking();
    this.flush();
  }

  get bytesRead(): number {
    return this.socket.bytesRead;
  }

  get bytesWritten(): number {
    return this.socket.bytesWritten;
  }

  receive(bytes: Buffer, count: number): void {
    this.connection.receive(bytes, 0, count, performance.now());
    this.flush();
  }

  tick(nowMs: number): void {
    this.connection.tick(nowMs);
    this.flush();
  }

  ref(): void {
    this.socket.ref();
  }

  unref(): void {
    this.socket.unref();
  }

  destroy(reason = "destroyed"): void {
    this.connection.transportClosed(reason);
    this.socket.destroy();
  }

  private flush(): void {
    while (!this.writing) {
      const batch = this.connection.takeOutput();
      if (batch === undefined) break;
      this.write(batch);
    }
    if (this.connection.ended && !this.writing) this.finish();
  }

  /** One write for everything. Most end before `write` returns: the kernel took it all. */
  private write(batch: OutputBatch): void {
    const { socket } = this;
    if (socket.destroyed || !socket.writable) return;
    const chunks = batch.chunks();
    const last = chunks.length - 1;
    if (last > 0) socket.cork();
    for (let at = 0; at < last; at++) socket.write(chunks[at]!);
    let done = false;
    socket.write(chunks[last]!, () => {
      if (done) return;
      batch.recycle();
      this.writing = false;
      this.flush();
    });
    if (last > 0) socket.uncork();
    if (socket.writableLength === 0) {
      done = true;
      batch.recycle();
    } else this.writing = true;
  }

  /** Our last frame is out: close, but leave the peer time to read it (a destroyed socket with unread input sends RST). */
  private finish(): void {
    if (this.finishing) return;
    this.finishing = true;
    tickers.delete(this);
    this.socket.end();
    const linger = setTimeout(() => this.socket.destroy(), LINGER_MS);
    linger.unref();
    this.socket.once("close", () => clearTimeout(linger));
  }

  private gone(reason: string): void {
    tickers.delete(this);
    this.connection.transportClosed(reason);
    if (!this.socket.destroyed && !this.finishing) this.socket.destroy();
  }
}

/** One timer for all connections. */
const tickers = new Set<SocketTransport>();
let ticking: NodeJS.Timeout | undefined;

function startTicking(): void {
  ticking ??= setInterval(() => {
    const nowMs = performance.now();
    for (const transport of tickers) transport.tick(nowMs);
    if (tickers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  }, TICK_MS).unref();
}

function addressOf(socket: Socket, side: "local" | "remote"): string {
  const address = side === "local" ? socket.localAddress : socket.remoteAddress;
  const port = side === "local" ? socket.localPort : socket.remotePort;
  return address === undefined ? "unix" : formatAddress(address, port ?? 0);
}

/** IPv4 in IPv6 (RFC 4291 §2.5.5.2) is shown as IPv4. */
function formatAddress(address: string, port: number): string {
  const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}
