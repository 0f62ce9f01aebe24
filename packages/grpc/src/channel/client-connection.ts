import type { ConnectionListener, HeaderBlock, Http2Connection, Http2Endpoint, Http2ErrorCode, Http2Stream } from "@consulrpc/http2";
import type { OutgoingCall } from "../client/outgoing-call.js";
import type { Keepalive } from "./keepalive.js";

/** What a connection reports to the member that owns it. */
export interface ConnectionOwner {
  /** The peer speaks HTTP/2: its first SETTINGS are here. */
  onReady(connection: ClientConnection): void;
  /** The peer wants no new streams here; those that are open go on. */
  onGoingAway(connection: ClientConnection, debug: string): void;
  onStreamsAvailable(connection: ClientConnection): void;
  onClosed(connection: ClientConnection, reason: string): void;
}

/** One HTTP/2 connection to one endpoint, seen from the client: hands what arrives to the calls. */
export class ClientConnection implements ConnectionListener {
  readonly endpoint: Http2Endpoint;
  readonly sender: Http2Connection;
  readonly address: string;
  keepalive: Keepalive | undefined = undefined;
  /** For channelz. */
  callsStarted = 0;
  /** No new streams: the peer said GOAWAY, or we are closing. */
  draining = false;
  private readonly owner: ConnectionOwner;
  private settled = false;
  /** Calls cut off by the connection's end; they are told when the reason is known. */
  private cutOff: OutgoingCall[] = [];

  constructor(endpoint: Http2Endpoint, address: string, owner: ConnectionOwner) {
    this.endpoint = endpoint;
    this.sender = endpoint.connection;
    this.address = address;
    this.owner = owner;
  }

  onHeaders(stream: Http2Stream, block: HeaderBlock, endStream: boolean): void {
    (stream.owner as OutgoingCall).onHeaders(block, endStream);
  }

  onData(stream: Http2Stream, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    (stream.owner as OutgoingCall).onData(bytes, start, end, endStream);
  }

  onTrailers(stream: Http2Stream, block: HeaderBlock): void {
    (stream.owner as OutgoingCall).onTrailers(block);
  }

  onDrain(stream: Http2Stream): void {
    (stream.owner as OutgoingCall).onDrain();
  }

  onReset(stream: Http2Stream, code: Http2ErrorCode, byPeer: boolean, unprocessed: boolean): void {
    const call = stream.owner as OutgoingCall;
    if (this.sender.ended && !unprocessed) this.cutOff.push(call);
    else call.onReset(code, byPeer, unprocessed);
  }

  onStreamsAvailable(): void {
    this.owner.onStreamsAvailable(this);
  }

  onSettings(): void {
    if (this.settled) return;
    this.settled = true;
    this.owner.onReady(this);
  }

  onPong(): void {
    this.keepalive?.onPong();
  }

  onGoaway(_lastStreamId: number, _code: Http2ErrorCode, debug: string): void {
    if (this.draining) return;
    this.draining = true;
    this.owner.onGoingAway(this, debug);
  }

  onClose(_code: Http2ErrorCode, reason: string): void {
    this.draining = true;
    this.keepalive?.stop();
    const cutOff = this.cutOff;
    this.cutOff = [];
    this.owner.onClosed(this, reason);
    for (const call of cutOff) call.onConnectionLost(reason);
  }

  /** Lets open streams finish, then closes. */
  drain(): void {
    this.draining = true;
    this.sender.goaway(0);
  }
}
