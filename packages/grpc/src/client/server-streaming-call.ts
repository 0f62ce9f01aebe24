import { MessageQueue, type QueueOwner } from "../call/message-queue.js";
import type { RpcError } from "../call/rpc-error.js";
import { sendMessage } from "../call/send-message.js";
import type { MethodEntry } from "../channel/method-entry.js";
import type { AttemptOptions } from "./attempt-options.js";
import type { CallHost } from "./call-host.js";
import { cancelledByReader } from "./cancelled-by-reader.js";
import { OutgoingCall } from "./outgoing-call.js";

/** One message there, many back. */
export class ServerStreamingCall extends OutgoingCall implements QueueOwner {
  readonly responses: MessageQueue = new MessageQueue(this);
  /** Received, and not yet counted as consumed. */
  private heldBytes = 0;

  constructor(host: CallHost, entry: MethodEntry, request: unknown, options: AttemptOptions | undefined) {
    super(host, entry, request, options);
  }

  protected override get repeatable(): boolean {
    return !this.headersReceived;
  }

  protected override sendRequest(): void {
    const { entry, stream, connection } = this;
    connection!.sender.pauseReading(stream!);
    sendMessage(connection!.sender, stream!, entry.codec.request, this.request, entry.compressor(this.options?.compression), true);
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
