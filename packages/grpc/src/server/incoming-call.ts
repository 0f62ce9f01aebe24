import type { HeaderBlock, Http2Sender, Http2Stream, PreparedHeaders } from "@consulrpc/http2";
import { Http2ErrorCode } from "@consulrpc/http2";
import { Code } from "../call/code.js";
import { decompressMessage } from "../call/compression.js";
import { handlerEnded, runInCall } from "../call/current-call.js";
import { COMPRESSED, type MessageReceiver, type PartialMessage, readMessages } from "../call/message-framing.js";
import { MessageQueue, type QueueOwner } from "../call/message-queue.js";
import type { Metadata } from "../call/metadata.js";
import { RpcError } from "../call/rpc-error.js";
import { sendMessage } from "../call/send-message.js";
import { statusFields } from "../call/status-trailers.js";
import { deadlines, type WheelEntry } from "../call/timer-wheel.js";
import type { MethodCodec } from "../codec/codec.js";
import type { Method } from "../contract/contract.js";
import type { PeerIdentity } from "../credentials/tls.js";
import { CallContext } from "./call-context.js";
import type { Handler, ServerCall } from "./handler.js";
import type { RequestHead } from "./request-head.js";
import { respondEither } from "./respond-either.js";
import { respondMany } from "./respond-many.js";
import { respondOnce } from "./respond-once.js";
import { NO_FIELDS, OK_TRAILERS } from "./response-heads.js";
import type { ServerConnection, StreamOwner } from "./server-connection.js";

/**
 * One call on its way through the server. A plain record on the hot path:
 * everything that only some calls need lives in `context`, made when first read.
 *
 *   receiving --request whole--> running --answer--> done
 *       |                           |
 *       +-------- fail, reset, deadline ------------> done
 *
 * Calls whose client streams are running from the start. `done` says that the
 * client has its answer or has gone; the handler may still run, and keeps its
 * place in the connection's limit until it ends (CVE-2023-44487, CVE-2025-8671).
 *
 * Over 200 lines because the state machine is one; what it does with a handler's
 * result stands in respond-once.ts and respond-many.ts.
 */
export class IncomingCall implements ServerCall, StreamOwner, MessageReceiver, QueueOwner, WheelEntry {
  readonly connection: ServerConnection;
  readonly stream: Http2Stream;
  readonly block: HeaderBlock;
  readonly head: RequestHead;
  request: unknown = undefined;
  partial: PartialMessage | undefined = undefined;
  done = false;
  /** The answer is complete, or the call has failed; undefined while it runs or when it went well. */
  error: RpcError | undefined = undefined;
  deadlineMs: number = Number.POSITIVE_INFINITY;
  wheelNext: WheelEntry | undefined = undefined;
  wheelPrevious: WheelEntry | undefined = undefined;
  wheelSlot = -1;
  private hasRequest = false;
  private headersSent = false;
  private running = false;
  private sending = false;
  private queue: MessageQueue | undefined = undefined;
  /** Received, and not yet counted as consumed. */
  private heldBytes = 0;
  private context: CallContext | undefined = undefined;
  /** Called when the stream can take more, or never will. */
  private drained: (() => void) | undefined = undefined;

  constructor(connection: ServerConnection, stream: Http2Stream, block: HeaderBlock, head: RequestHead) {
    this.connection = connection;
    this.stream = stream;
    this.block = block;
    this.head = head;
  }

  // What handlers and interceptors see.

  get side(): "server" {
    return "server";
  }

  get method(): Method {
    return this.head.route?.method as Method;
  }

  get metadata(): Metadata {
    return this.ownContext().metadata;
  }

  get signal(): AbortSignal {
    return this.ownContext().signal;
  }

  get values(): Map<symbol, unknown> {
    return this.ownContext().values;
  }

  get responseHeaders(): Metadata {
    return this.ownContext().responseHeaders;
  }

  get responseTrailers(): Metadata {
    return this.ownContext().responseTrailers;
  }

  get peer(): string {
    return this.connection.peer;
  }

  get peerIdentity(): PeerIdentity | undefined {
    return this.connection.peerIdentity;
  }

  get isCancelled(): boolean {
    return this.error !== undefined && this.done;
  }

  get messageBytesMax(): number {
    return this.connection.core.messageBytesMax;
  }

  timeoutLeftMs(): number {
    return this.deadlineMs === Number.POSITIVE_INFINITY ? this.deadlineMs : Math.max(0, this.deadlineMs - deadlines.nowMs());
  }

  sendHeaders(): void {
    if (!this.done && !this.headersSent) this.writeHeaders();
  }

  setCompression(name: string): void {
    const { core } = this.connection;
    this.ownContext().compressor = this.head.accepts.includes(name) ? core.compressors.get(name) : undefined;
    this.ownContext().compressionSet = true;
  }

  // What arrives.

  begin(endStream: boolean): void {
    const { route, refusal, timeoutMs } = this.head;
    if (refusal !== undefined) return this.fail(refusal);
    if (timeoutMs !== Number.POSITIVE_INFINITY) deadlines.add(this, deadlines.nowMs() + timeoutMs);
    const kind = route?.method.kind;
    if (kind === "client-streaming" || kind === "bidi") {
      const queue = this.openQueue();
      if (endStream) queue.end();
      this.run();
    } else if (endStream) {
      this.onRequestEnd();
    }
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.done) return;
    readMessages(this, bytes, start, end);
    if (this.done) return;
    if (this.queue !== undefined) {
      this.heldBytes += end - start;
      if (this.queue.isEmpty) this.onEmptied();
    }
    if (endStream) this.onRequestEnd();
  }

  onMessage(flags: number, bytes: Buffer, start: number, end: number): boolean {
    try {
      const message = this.decode(flags, bytes, start, end);
      if (this.queue !== undefined) {
        this.queue.push(message);
      } else if (this.method.opensStream?.(message) === true && !this.hasRequest) {
        this.openQueue().push(message);
        this.run();
      } else if (this.hasRequest) {
        throw new RpcError(Code.UNIMPLEMENTED, `${this.head.route?.method.path} takes one request message, got a second one`);
      } else {
        this.request = message;
        this.hasRequest = true;
      }
      return !this.done;
    } catch (thrown) {
      this.fail(RpcError.from(thrown, Code.INTERNAL));
      return false;
    }
  }

  onMessageTooLarge(length: number): void {
    this.fail(
      new RpcError(Code.RESOURCE_EXHAUSTED, `request message of ${length} bytes is larger than the limit of ${this.messageBytesMax}`),
    );
  }

  /** The client half-closed, by an empty DATA or by trailers. */
  onRequestEnd(): void {
    if (this.done) return;
    if (this.partial !== undefined) return this.fail(new RpcError(Code.INTERNAL, "the request ended in the middle of a message"));
    if (this.queue !== undefined) return this.queue.end();
    if (!this.hasRequest)
      return this.fail(new RpcError(Code.UNIMPLEMENTED, `${this.head.route?.method.path} takes one request message, got none`));
    this.run();
  }

  onReset(code: Http2ErrorCode): void {
    if (this.sending) this.setSending(false);
    const why = code === Http2ErrorCode.CANCEL ? "the client cancelled the call" : `the client's stream ended (${code})`;
    this.conclude(new RpcError(Code.CANCELLED, why));
  }

  onDrain(): void {
    if (this.sending) this.setSending(false);
    const drained = this.drained;
    this.drained = undefined;
    drained?.();
  }

  onDeadline(): void {
    if (this.done) return;
    const error = new RpcError(Code.DEADLINE_EXCEEDED, "the deadline passed on the server");
    // A status tells the client more than RST_STREAM CANCEL, but it would wait behind what flow control holds back.
    if (this.stream.queuedBytes === 0) return this.fail(error);
    this.sender.reset(this.stream, Http2ErrorCode.CANCEL);
    this.conclude(error);
  }

  /** The handler has read everything: the client may send as much again. */
  onEmptied(): void {
    const bytes = this.heldBytes;
    this.heldBytes = 0;
    if (!this.done) this.sender.consumed(this.stream, bytes);
  }

  /** The handler stopped reading; what still comes is dropped. */
  onAbandoned(): void {
    this.onEmptied();
  }

  // What leaves.

  /** Sends one message. False: wait for `whenDrained`. */
  write(message: unknown): boolean {
    if (this.done) return true;
    if (!this.headersSent) this.writeHeaders();
    this.connection.hasSent = true;
    const fits = sendMessage(this.sender, this.stream, (this.head.codec as MethodCodec).response, message, this.compressor, false);
    if (!fits && !this.sending) this.setSending(true);
    return fits;
  }

  whenDrained(): Promise<void> {
    if (this.done || this.stream.queuedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.drained = resolve;
    });
  }

  /** Ends the call well. */
  finish(): void {
    if (this.done) return;
    if (!this.headersSent) this.writeHeaders();
    const fields = this.context?.trailerFields();
    this.sendTrailers(OK_TRAILERS, fields);
    this.conclude(undefined);
  }

  /** Ends the call with an error; anything that can be thrown will do. */
  fail(thrown: unknown): void {
    if (this.done) return;
    const error = RpcError.from(thrown);
    const fields = statusFields(error, this.context?.trailersIfAny);
    if (this.headersSent) {
      this.sendTrailers(NO_FIELDS, fields);
    } else {
      this.headersSent = true;
      if (error === this.head.refusal && error.code === Code.UNIMPLEMENTED)
        fields.push("grpc-accept-encoding", this.connection.core.acceptEncoding);
      const headers = this.context?.headerFields() ?? [];
      this.sendTrailers(this.connection.core.heads.of(this.head.contentType, undefined), [...headers, ...fields]);
    }
    this.conclude(error);
  }

  /** The handler has ended, whatever became of the call. */
  handlerEnded(): void {
    if (!this.running) return;
    this.running = false;
    handlerEnded();
    this.sender.release(this.stream);
  }

  /** From now on the request is a stream. */
  private openQueue(): MessageQueue {
    this.queue = new MessageQueue(this);
    this.request = this.queue;
    this.sender.pauseReading(this.stream);
    return this.queue;
  }

  private run(): void {
    this.running = true;
    this.sender.retain(this.stream);
    let result: unknown;
    try {
      result = runInCall(this, this.head.route?.handler as Handler, this.request);
    } catch (thrown) {
      this.fail(thrown);
      this.handlerEnded();
      return;
    }
    const kind = this.head.route?.method.kind;
    if (kind === "unary" || kind === "client-streaming") respondOnce(this, result);
    else if (kind === "any") respondEither(this, result);
    else void respondMany(this, result);
  }

  private setSending(sending: boolean): void {
    this.sending = sending;
    this.connection.callsSending += sending ? 1 : -1;
  }

  private decode(flags: number, bytes: Buffer, start: number, end: number): unknown {
    const codec = (this.head.codec as MethodCodec).request;
    if (flags === 0) return codec.decode(bytes, start, end);
    const compressor = this.head.requestCompressor;
    if (flags !== COMPRESSED) throw new RpcError(Code.INTERNAL, `message flags ${flags} mean nothing; 0 and 1 do`);
    if (compressor === undefined) throw new RpcError(Code.INTERNAL, "compressed message, but grpc-encoding names no compression");
    const whole = decompressMessage(compressor, bytes.subarray(start, end), this.messageBytesMax);
    return codec.decode(whole, 0, whole.length);
  }

  private get compressor(): RequestHead["responseCompressor"] {
    return this.context?.compressionSet ? this.context.compressor : this.head.responseCompressor;
  }

  private writeHeaders(): void {
    this.headersSent = true;
    const headers = this.context === undefined ? this.head.responseHeaders : this.headersWithCompression();
    this.sender.sendHeaders(this.stream, headers, this.context?.headerFields(), false);
  }

  private headersWithCompression(): PreparedHeaders {
    return this.connection.core.heads.of(this.head.contentType, this.compressor?.name);
  }

  private sendTrailers(headers: PreparedHeaders, fields: readonly string[] | undefined): void {
    this.sender.sendHeaders(this.stream, headers, fields, true);
    // A client that still sends is told that nobody listens (RFC 9113 §8.1).
    if (!this.stream.remoteClosed) this.sender.reset(this.stream, Http2ErrorCode.NO_ERROR);
  }

  /** The one way into `done`. */
  private conclude(error: RpcError | undefined): void {
    if (this.done) return;
    this.done = true;
    this.error = error;
    this.partial = undefined;
    deadlines.remove(this);
    if (error !== undefined) {
      this.queue?.end(error);
      this.context?.abort(error);
    }
    this.drained?.();
    this.drained = undefined;
    // What is queued still leaves; the connection says when.
    if (this.sending && error !== undefined) this.setSending(false);
    this.connection.core.callEnded(this);
  }

  private get sender(): Http2Sender {
    return this.connection.sender;
  }

  private ownContext(): CallContext {
    this.context ??= new CallContext(this.block, this.isCancelled ? this.error : undefined);
    return this.context;
  }
}
