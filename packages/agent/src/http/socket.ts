/**
 * The network edge: TCP, TLS and unix sockets under `Connection`. Written on node:net because it was measured: with 64
 * connections on one core node:http answered two fifths of what this does (docs/decisions/0054).
 */

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { compress } from "./compress.js";
import { Connection, type ConnectionOptions, type Wire } from "./connection.js";
import type { HttpHandler, HttpResponse } from "./message.js";

export interface EdgeOptions {
  readonly handler: HttpHandler;
  bodyBytesMax(method: string, path: string): number;
  refuseBody(method: string, path: string, length: number, limit: number): HttpResponse;
  readonly limits?: Partial<EdgeLimits>;
  /** Serves HTTPS; the options of node:tls. */
  readonly tls?: Readonly<Record<string, unknown>>;
}

export interface EdgeLimits {
  /** Connections of one client address; more are answered 429 and closed. @default 16384 */
  readonly connectionsPerClientMax: number;
  /** Connections in all; more are closed at once. @default 65536 */
  readonly connectionsMax: number;
  /** A request must be here whole within this time of its first byte. @default 60000 */
  readonly receiveMsMax: number;
  /** A client that sends nothing and waits for nothing is let go after this. @default 120000 */
  readonly idleMsMax: number;
  /** A client that takes nothing of its answer is dropped after this. @default 30000 */
  readonly stalledMsMax: number;
}

export const EDGE_LIMITS: EdgeLimits = {
  connectionsPerClientMax: 16_384,
  connectionsMax: 65_536,
  receiveMsMax: 60_000,
  idleMsMax: 120_000,
  stalledMsMax: 30_000,
};

/** How often the limits of time are looked after: they may be exceeded by as much. */
const SWEEP_MS = 5_000;
/** Probes find clients that are gone without a word while they wait for an answer. */
const KEEP_ALIVE_MS = 30_000;

/** A TCP host and port, or the path of a unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Edge {
  /** 0 for a unix socket. */
  readonly port: number;
  close(): Promise<void>;
}

interface Client {
  readonly socket: Socket;
  readonly connection: Connection;
  /** When the phase began that `phase` names. */
  sinceMs: number;
  phase: Connection["phase"];
  /** When the socket stopped taking what is written, 0 while it does. */
  stalledSinceMs: number;
  bytesWritten: number;
}

export async function listen(options: EdgeOptions, address: ListenAddress): Promise<Edge> {
  const limits = { ...EDGE_LIMITS, ...options.limits };
  const clients = new Set<Client>();
  const perAddress = new Map<string, number>();
  const connectionOptions: ConnectionOptions = {
    handler: options.handler,
    bodyBytesMax: options.bodyBytesMax,
    refuseBody: options.refuseBody,
    compress,
    now: Date.now,
  };
  const accept = (socket: Socket): void => {
    const remote = socket.remoteAddress ?? "";
    const open = perAddress.get(remote) ?? 0;
    if (clients.size >= limits.connectionsMax) {
      socket.destroy();
      return;
    }
    if (open >= limits.connectionsPerClientMax) {
      socket.on("error", () => socket.destroy());
      socket.end(TOO_MANY);
      return;
    }
    perAddress.set(remote, open + 1);
    const client = serve(connectionOptions, socket, remote);
    clients.add(client);
    socket.once("close", () => {
      clients.delete(client);
      const left = (perAddress.get(remote) ?? 1) - 1;
      if (left === 0) perAddress.delete(remote);
      else perAddress.set(remote, left);
    });
  };
  const server = await createListener(options.tls, accept);
  await begin(server, address);
  const sweeper = setInterval(() => sweep(clients, limits), SWEEP_MS);
  sweeper.unref();
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? (bound as AddressInfo).port : 0,
    close: () =>
      new Promise((resolve) => {
        clearInterval(sweeper);
        server.close(() => resolve());
        for (const { socket } of clients) closeGently(socket);
      }),
  };
}

async function createListener(tls: EdgeOptions["tls"], accept: (socket: Socket) => void): Promise<Server> {
  if (tls === undefined) return createServer({ noDelay: true }, accept);
  const { createServer: createSecureServer } = await import("node:tls");
  const server = createSecureServer({ ALPNProtocols: ["http/1.1"], ...tls }, accept);
  // A failed handshake is the client's affair; the socket is gone already.
  server.on("tlsClientError", () => {});
  return server;
}

function begin(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen("path" in address ? { path: address.path } : { host: address.host, port: address.port, backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Connections that may wait to be accepted: a thousand watchers connect at once. */
const BACKLOG = 4096;

function serve(options: ConnectionOptions, socket: Socket, remote: string): Client {
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const wire: Wire = {
    write: (data, encoding) => socket.write(data, encoding),
    end: () => socket.end(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    drained: () =>
      new Promise((resolve) => {
        socket.once("drain", resolve);
        socket.once("close", resolve);
      }),
  };
  const connection = new Connection(options, wire, remote);
  socket.on("data", (chunk: Buffer) => connection.receive(chunk));
  socket.on("close", () => connection.close());
  socket.on("error", () => socket.destroy());
  return { socket, connection, sinceMs: performance.now(), phase: "idle", stalledSinceMs: 0, bytesWritten: 0 };
}

/** Coarse on purpose: one timer for all connections instead of one for each. */
function sweep(clients: ReadonlySet<Client>, limits: EdgeLimits): void {
  const now = performance.now();
  for (const client of clients) {
    const { socket, connection } = client;
    const { phase } = connection;
    const { bytesWritten } = socket;
    // A connection that was answered in between has begun anew.
    if (phase !== client.phase || bytesWritten !== client.bytesWritten) client.sinceMs = now;
    client.phase = phase;
    client.bytesWritten = bytesWritten;
    if (!socket.writableNeedDrain) client.stalledSinceMs = 0;
    else if (client.stalledSinceMs === 0) client.stalledSinceMs = now;
    const waited = now - client.sinceMs;
    const stalled = client.stalledSinceMs !== 0 && now - client.stalledSinceMs > limits.stalledMsMax;
    if (stalled || (phase === "receiving" && waited > limits.receiveMsMax)) socket.destroy();
    else if (phase === "idle" && waited > limits.idleMsMax) closeGently(socket);
  }
}

/** Lets the last answer out, for a moment. */
function closeGently(socket: Socket): void {
  socket.end();
  const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}

const CLOSE_MS = 500;

const TOO_MANY_BODY = "Your IP is issuing too many concurrent connections, please rate limit your calls\n";
const TOO_MANY = `HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nContent-Length: ${TOO_MANY_BODY.length}\r\nConnection: close\r\n\r\n${TOO_MANY_BODY}`;
