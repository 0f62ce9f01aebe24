import { type HeaderBlock, Http2ErrorCode, type Http2Stream } from "@consulrpc/http2";
import type { PickContext } from "../balance/balancer.js";
import { Code } from "../call/code.js";
import { type Compressor, decompressMessage } from "../call/compression.js";
import { COMPRESSED, type MessageReceiver, type PartialMessage, readMessages } from "../call/message-framing.js";
import type { Metadata } from "../call/metadata.js";
import { metadataFromFields } from "../call/metadata-fields.js";
import { RpcError } from "../call/rpc-error.js";
import { codeOfReset, http2ErrorName } from "../call/status-mapping.js";
import { deadlines, type WheelEntry } from "../call/timer-wheel.js";
import type { ClientConnection } from "../channel/client-connection.js";
import type { ManagedMember } from "../channel/managed-member.js";
import type { MethodEntry } from "../channel/method-entry.js";
import type { Method } from "../contract/contract.js";
import { abortError } from "./abort-error.js";
import type { AttemptOptions } from "./attempt-options.js";
import type { CallHost } from "./call-host.js";
import { requestFields } from "./request-fields.js";
import { refusalError, responseHead, statusError } from "./response-head.js";

/** A stream that the server certainly never processed is sent again so often, without anybody noticing (gRFC A6, "transparent retries"). */
export const TRANSPARENT_RETRIES_MAX = 5;

/**
 * One attempt at a call, from the client's first thought to its last byte; a
 * plain record on the hot path. The four kinds extend it.
 *
 *   start --> waiting for a connection --> on a stream --trailers--> done
 *               ^                            |   |
 *               +--- never processed --------+   +-- reset, deadline, abort --> done
 *
 * Over 200 lines because this state machine is one.
 */
export abstract class OutgoingCall implements PickContext, MessageReceiver, WheelEntry {
  readonly host: CallHost;
  readonly entry: MethodEntry;
  readonly options: AttemptOptions | undefined;
  readonly request: unknown;
  partial: PartialMessage | undefined = undefined;
  done = false;
  stream: Http2Stream | undefined = undefined;
  connection: ClientConnection | undefined = undefined;
  member: ManagedMember | undefined = undefined;
  /** On the channel's clock; only where a balancer learns from outcomes. */
  startedMs = 0;
  deadlineMs: number = Number.POSITIVE_INFINITY;
  wheelNext: WheelEntry | undefined = undefined;
  wheelPrevious: WheelEntry | undefined = undefined;
  wheelSlot = -1;
  protected headersReceived = false;
  /** The response's, by grpc-encoding. */
  private decompressor: Compressor | undefined = undefined;
  private restarts = 0;
  private onAbort: (() => void) | undefined = undefined;
  /** Fields that call credentials add. */
  credentialFields: readonly string[] | undefined = undefined;

  constructor(host: CallHost, entry: MethodEntry, request: unknown, options: AttemptOptions | undefined) {
    this.host = host;
    this.entry = entry;
    this.request = request;
    this.options = options;
  }

  // What the kinds fill in.

  /** The stream is open: send what there is to send. */
  protected abstract sendRequest(): void;
  /** One response message. */
  protected abstract deliver(message: unknown): void;
  /** Called once, last. */
  protected abstract complete(error: RpcError | undefined): void;
  /** Whether everything sent so far could be sent again. */
  protected abstract get repeatable(): boolean;
  /** The stream can take more, or is gone. */
  onDrain(): void {}

  // What a balancer may read.

  get method(): Method {
    return this.entry.method;
  }

  get metadata(): Metadata | undefined {
    return this.options?.metadata;
  }

  get key(): string | undefined {
    return this.options?.key;
  }

  get messageBytesMax(): number {
    return this.entry.responseBytesMax;
  }

  get waitForReady(): boolean {
    return this.options?.waitForReady ?? this.entry.waitForReady;
  }

  timeoutLeftMs(): number {
    return this.deadlineMs === Number.POSITIVE_INFINITY ? this.deadlineMs : this.deadlineMs - deadlines.nowMs();
  }

  // The way out.

  start(): void {
    const timeoutMs = this.options?.timeoutMs ?? this.entry.timeoutMs;
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      if (!(timeoutMs > 0)) return this.onDeadline();
      deadlines.add(this, deadlines.nowMs() + timeoutMs);
    }
    const signal = this.options?.signal;
    if (signal !== undefined) {
      if (signal.aborted) return this.conclude(abortError(signal));
      this.onAbort = () => this.cancel(abortError(signal));
      signal.addEventListener("abort", this.onAbort);
    }
    this.host.begin(this);
  }

  /** False: the connection has no stream to give. */
  sendOn(connection: ClientConnection): boolean {
    const headers = this.entry.headers(this.options?.compression);
    const stream = connection.sender.openStream(this, headers, requestFields(this), false);
    if (stream === undefined) return false;
    this.stream = stream;
    this.connection = connection;
    connection.callsStarted++;
    try {
      this.sendRequest();
    } catch (thrown) {
      this.cancel(RpcError.from(thrown, Code.INTERNAL));
    }
    return true;
  }

  /** Ends the call from this side; the peer is told. */
  cancel(error: RpcError): void {
    if (this.done) return;
    const { stream, connection } = this;
    if (stream !== undefined && connection !== undefined && !(stream.localClosed && stream.remoteClosed)) {
      connection.sender.reset(stream, Http2ErrorCode.CANCEL);
    }
    this.conclude(error);
  }

  onDeadline(): void {
    const where = this.stream === undefined ? ` while waiting for a connection (${this.host.describeState()})` : "";
    this.cancel(new RpcError(Code.DEADLINE_EXCEEDED, `${this.entry.label}: the deadline passed${where}`));
  }

  // The way back.

  onHeaders(block: HeaderBlock, endStream: boolean): void {
    if (this.done) return;
    const head = responseHead(block);
    if (endStream) return this.onTrailers(block);
    this.headersReceived = true;
    if (head.refusal !== undefined) return this.cancel(refusalError(head));
    if (head.encoding !== undefined) {
      this.decompressor = this.host.compressors.get(head.encoding);
      if (this.decompressor === undefined) {
        return this.cancel(
          new RpcError(Code.INTERNAL, `${this.entry.label}: the response has an unknown grpc-encoding ${JSON.stringify(head.encoding)}`),
        );
      }
    }
    this.options?.onHeaders?.(metadataFromFields(block.fields));
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.done) return;
    readMessages(this, bytes, start, end);
    if (endStream && !this.done) this.conclude(new RpcError(Code.INTERNAL, `${this.entry.label}: the response ended without trailers`));
  }

  onMessage(flags: number, bytes: Buffer, start: number, end: number): boolean {
    try {
      this.deliver(this.decode(flags, bytes, start, end));
    } catch (thrown) {
      this.cancel(RpcError.from(thrown, Code.INTERNAL));
    }
    return !this.done;
  }

  onMessageTooLarge(length: number): void {
    this.cancel(
      new RpcError(
        Code.RESOURCE_EXHAUSTED,
        `${this.entry.label}: response message of ${length} bytes is larger than the limit of ${this.messageBytesMax}`,
      ),
    );
  }

  onTrailers(block: HeaderBlock): void {
    if (this.done) return;
    const error = statusError(block, responseHead(block));
    this.options?.onTrailers?.(metadataFromFields(block.fields));
    if (error === undefined && this.partial !== undefined) {
      return this.conclude(new RpcError(Code.INTERNAL, `${this.entry.label}: the response ended in the middle of a message`));
    }
    this.endRequest();
    this.conclude(error, block);
  }

  onReset(code: Http2ErrorCode, byPeer: boolean, unprocessed: boolean): void {
    if (this.done) return;
    if (unprocessed && this.repeatable && this.restarts < TRANSPARENT_RETRIES_MAX) return this.restart();
    this.conclude(this.resetError(code, byPeer, unprocessed));
  }

  /** The server has said all it had to say; whatever the client still wanted to send goes nowhere. */
  private endRequest(): void {
    const { stream, connection } = this;
    if (stream === undefined || connection === undefined || stream.localClosed) return;
    if (stream.queuedBytes > 0) connection.sender.reset(stream, Http2ErrorCode.CANCEL);
    else connection.sender.endStream(stream);
  }

  /** The connection is gone, and with it whatever the server may have done. */
  onConnectionLost(reason: string): void {
    this.conclude(new RpcError(Code.UNAVAILABLE, `${this.entry.label}: connection to ${this.connection?.address} lost: ${reason}`));
  }

  /** The one way into `done`. */
  conclude(error: RpcError | undefined, trailers?: HeaderBlock): void {
    if (this.done) return;
    this.done = true;
    this.partial = undefined;
    if (this.wheelSlot >= 0) deadlines.remove(this);
    if (this.onAbort !== undefined) this.options?.signal?.removeEventListener("abort", this.onAbort);
    this.host.ended(this, error, trailers);
    this.complete(error);
  }

  private restart(): void {
    this.restarts++;
    this.host.released(this);
    this.stream = undefined;
    this.connection = undefined;
    this.member = undefined;
    this.host.dispatch(this);
  }

  private resetError(code: Http2ErrorCode, byPeer: boolean, unprocessed: boolean): RpcError {
    const { label } = this.entry;
    if (unprocessed)
      return new RpcError(Code.UNAVAILABLE, `${label}: the server refused the stream (${http2ErrorName(code)})`, { fromPeer: byPeer });
    // The server's clock may fire before ours.
    if (code === Http2ErrorCode.CANCEL && this.timeoutLeftMs() <= 0)
      return new RpcError(Code.DEADLINE_EXCEEDED, `${label}: the deadline passed`);
    return new RpcError(codeOfReset(code), `${label}: the stream was reset with ${http2ErrorName(code)}`, { fromPeer: byPeer });
  }

  private decode(flags: number, bytes: Buffer, start: number, end: number): unknown {
    const codec = this.entry.codec.response;
    if (flags === 0) return codec.decode(bytes, start, end);
    if (flags !== COMPRESSED) throw new RpcError(Code.INTERNAL, `${this.entry.label}: message flags ${flags} mean nothing; 0 and 1 do`);
    if (this.decompressor === undefined) {
      throw new RpcError(Code.INTERNAL, `${this.entry.label}: compressed message, but grpc-encoding names no compression`);
    }
    const whole = decompressMessage(this.decompressor, bytes.subarray(start, end), this.messageBytesMax);
    return codec.decode(whole, 0, whole.length);
  }
}
