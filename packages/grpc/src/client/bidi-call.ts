import type { HeaderBlock } from "@consulrpc/http2";
import { MessageQueue, type QueueOwner } from "../call/message-queue.js";
import type { RpcError } from "../call/rpc-error.js";
import type { MethodEntry } from "../channel/method-entry.js";
import type { AttemptOptions } from "./attempt-options.js";
import type { CallHost } from "./call-host.js";
import { cancelledByReader } from "./cancelled-by-reader.js";
import { OutgoingCall } from "./outgoing-call.js";
import { RequestStream } from "./request-stream.js";

/** Many messages there, many back, each side at its own pace. */
export class BidiCall extends OutgoingCall implements QueueOwner {
  readonly responses: MessageQueue = new MessageQueue(this);
  /** Received, and not yet counted as consumed. */
  private heldBytes = 0;
  private readonly requests: RequestStream;

  constructor(host: CallHost, entry: MethodEntry, requests: AsyncIterable<unknown>, options: AttemptOptions | undefined) {
    super(host, entry, undefined, options);
    this.requests = new RequestStream(this, requests);
  }

  protected override get repeatable(): boolean {
    return this.requests.repeatable;
  }

  protected override sendRequest(): void {
    this.connection!.sender.pauseReading(this.stream!);
    this.requests.open();
  }

  override onDrain(): void {
    this.requests.onDrain();
  }

  override onHeaders(block: HeaderBlock, endStream: boolean): void {
    this.requests.commit();
    super.onHeaders(block, endStream);
  }

  protected override deliver(message: unknown): void {
    this.responses.push(message);
  }

  override onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.heldBytes += end - start;
    super.onData(bytes, start, end, endStream);
    if (this.responses.isEmpty) this.onEmptied();
  }

  protected override complete(error: RpcError | undefined): void {
    this.requests.close();
    this.responses.end(error);
  }

  /** The loop has taken everything: the server may send as much again. */
  onEmptied(): void {
    const bytes = this.heldBytes;
    this.heldBytes = 0;
    if (!this.done) this.connection?.sender.consumed(this.stream!, bytes);
  }

  onAbandoned(): void {
    this.cancel(cancelledByReader());
  }
}
