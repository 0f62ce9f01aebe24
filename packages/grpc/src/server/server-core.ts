import { type Http2Endpoint, Http2ErrorCode } from "@consulrpc/http2";
import { type Clock, realClock } from "../call/clock.js";
import { acceptEncoding, type Compressors, compressors } from "../call/compression.js";
import { debugLog } from "../call/debug-log.js";
import type { Fallback } from "./fallback.js";
import type { IncomingCall } from "./incoming-call.js";
import { MethodTable } from "./method-table.js";
import { type CallOutcome, MESSAGE_BYTES_MAX, type ServerKeepalive, type ServerOptions } from "./options.js";
import { ResponseHeads } from "./response-heads.js";
import { ServerConnection } from "./server-connection.js";
import { SERVER_KEEPALIVE_DEFAULT } from "./server-keepalive.js";

const debug = debugLog("server");

/** What all connections of a server share. */
export class ServerCore {
  readonly methods: MethodTable;
  readonly compressors: Compressors;
  readonly compression: string;
  readonly acceptEncoding: string;
  readonly heads: ResponseHeads = new ResponseHeads();
  readonly messageBytesMax: number;
  readonly fallback: Fallback | undefined;
  readonly keepalive: Required<ServerKeepalive>;
  readonly log: (line: string) => void;
  readonly clock: Clock = realClock;
  readonly random: () => number = Math.random;
  readonly connections: Set<ServerConnection> = new Set();
  /** For channelz. */
  readonly counts: { started: number; succeeded: number; failed: number } = { started: 0, succeeded: 0, failed: 0 };
  draining = false;
  private readonly onCall: ((outcome: CallOutcome) => void) | undefined;
  private idle: (() => void) | undefined;

  constructor(options: ServerOptions) {
    this.methods = new MethodTable(options.interceptors ?? []);
    this.compressors = compressors(options.compressors);
    this.acceptEncoding = acceptEncoding(this.compressors);
    this.compression = options.compression ?? "identity";
    if (this.compression !== "identity" && !this.compressors.has(this.compression)) {
      throw new RangeError(`unknown compression ${JSON.stringify(this.compression)}; known: ${this.acceptEncoding}`);
    }
    this.messageBytesMax = options.messageBytesMax ?? MESSAGE_BYTES_MAX;
    this.fallback = options.fallback;
    this.keepalive = { ...SERVER_KEEPALIVE_DEFAULT, ...options.keepalive };
    this.log = options.log ?? ((line) => console.error(line));
    this.onCall = options.onCall;
  }

  /** A client has connected. */
  accept(endpoint: Http2Endpoint): ServerConnection {
    const connection = new ServerConnection(this, endpoint);
    this.connections.add(connection);
    debug(`${connection.peer}: connected`);
    if (this.draining) queueMicrotask(() => connection.sender.goaway(Http2ErrorCode.NO_ERROR, "draining"));
    return connection;
  }

  callEnded(call: IncomingCall): void {
    this.counts.started++;
    if (call.error === undefined) this.counts.succeeded++;
    else this.counts.failed++;
    this.onCall?.({ call, error: call.error });
  }

  connectionClosed(connection: ServerConnection, code: Http2ErrorCode, reason: string): void {
    this.connections.delete(connection);
    debug(`${connection.peer}: closed (${reason})`);
    if (code !== Http2ErrorCode.NO_ERROR && code !== Http2ErrorCode.CONNECT_ERROR)
      this.log(`grpc: connection of ${connection.peer} closed: ${reason}`);
    if (this.connections.size === 0) this.idle?.();
  }

  /** Sends GOAWAY to every client and waits until they have gone. */
  drain(): Promise<void> {
    this.draining = true;
    for (const { sender } of this.connections) sender.goaway(Http2ErrorCode.NO_ERROR, "draining");
    if (this.connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.idle = resolve;
    });
  }

  destroy(reason: string): void {
    for (const { endpoint } of [...this.connections]) endpoint.destroy(reason);
  }
}
