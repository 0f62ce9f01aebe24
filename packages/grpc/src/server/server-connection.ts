import type { ConnectionListener, HeaderBlock, Http2Connection, Http2Endpoint, Http2ErrorCode, Http2Stream } from "@consulrpc/http2";
import { type PeerIdentity, peerIdentity } from "../credentials/peer-identity.js";
import { IncomingCall } from "./incoming-call.js";
import { PlainExchange } from "./plain-exchange.js";
import { parseRequestHead, type RequestHead } from "./request-head.js";
import type { ServerCore } from "./server-core.js";
import { ServerKeepaliveGuard } from "./server-keepalive.js";

/** What takes the events of one stream. */
export interface StreamOwner {
  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void;
  onRequestEnd(): void;
  onReset(code: Http2ErrorCode): void;
  onDrain(): void;
}

/** One HTTP/2 connection, seen from the server: makes calls of streams, and hands them what arrives. */
export class ServerConnection implements ConnectionListener {
  readonly core: ServerCore;
  readonly endpoint: Http2Endpoint;
  readonly sender: Http2Connection;
  readonly peer: string;
  readonly keepalive: ServerKeepaliveGuard;
  private identity: PeerIdentity | undefined;
  private identityRead = false;
  /** Headers or data have left since the client's last ping. */
  hasSent = false;
  /** Calls whose messages wait for the client's windows. */
  callsSending = 0;
  /** For channelz. */
  callsStarted = 0;

  constructor(core: ServerCore, endpoint: Http2Endpoint) {
    this.core = core;
    this.endpoint = endpoint;
    this.sender = endpoint.connection;
    this.peer = endpoint.remoteAddress;
    this.keepalive = new ServerKeepaliveGuard(this, core.keepalive, core.clock, core.random);
  }

  get peerIdentity(): PeerIdentity | undefined {
    if (!this.identityRead) {
      this.identityRead = true;
      this.identity = this.endpoint.tls === undefined ? undefined : peerIdentity(this.endpoint.tls);
    }
    return this.identity;
  }

  onHeaders(stream: Http2Stream, block: HeaderBlock, endStream: boolean): void {
    let head = block.memo as RequestHead | undefined;
    if (head === undefined || head.generation !== this.core.methods.generation) {
      head = parseRequestHead(block, this.core);
      block.memo = head;
    }
    this.callsStarted++;
    if (head.grpc) {
      const call = new IncomingCall(this, stream, block, head);
      stream.owner = call;
      call.begin(endStream);
    } else {
      const exchange = new PlainExchange(this, stream, block);
      stream.owner = exchange;
      exchange.begin(endStream);
    }
  }

  onData(stream: Http2Stream, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    (stream.owner as StreamOwner).onData(bytes, start, end, endStream);
  }

  onTrailers(stream: Http2Stream): void {
    (stream.owner as StreamOwner).onRequestEnd();
  }

  onReset(stream: Http2Stream, code: Http2ErrorCode): void {
    (stream.owner as StreamOwner).onReset(code);
  }

  onDrain(stream: Http2Stream): void {
    (stream.owner as StreamOwner).onDrain();
  }

  onPing(): void {
    this.keepalive.onPing();
  }

  onPong(): void {
    this.keepalive.onPong();
  }

  onClose(code: Http2ErrorCode, reason: string): void {
    this.keepalive.stop();
    this.core.connectionClosed(this, code, reason);
  }
}
