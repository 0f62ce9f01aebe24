import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { frameMessage, sendMessage } from "../call/send-message.js";
import type { OutgoingCall } from "./outgoing-call.js";

/** Requests are kept up to this size until the response begins, so that a stream which the server never processed can be sent again (grpc-go's per-call retry buffer is as large). */
export const REPLAY_BYTES_MAX: number = 256 * 1024;

/**
 * The requests of a streaming call on their way to the wire, as fast as the
 * server takes them. It outlives a stream: `open` sends again what was sent.
 */
export class RequestStream {
  private readonly call: OutgoingCall;
  private readonly requests: AsyncIterator<unknown>;
  /** Framed messages sent so far; undefined once they cannot be sent again. */
  private replay: Buffer[] | undefined = [];
  private replayBytes = 0;
  private ended = false;
  private started = false;
  private drained: (() => void) | undefined;

  constructor(call: OutgoingCall, requests: AsyncIterable<unknown>) {
    this.call = call;
    this.requests = requests[Symbol.asyncIterator]();
  }

  get repeatable(): boolean {
    return this.replay !== undefined;
  }

  /** The call has a stream. */
  open(): void {
    if (!this.started) {
      this.started = true;
      void this.pump();
      return;
    }
    const { sender } = this.call.connection!;
    for (const framed of this.replay ?? []) sender.sendData(this.call.stream!, framed, false);
    if (this.ended) sender.endStream(this.call.stream!);
    else if (this.call.stream!.queuedBytes === 0) this.onDrain();
  }

  /** The response has begun: nothing will be sent twice. */
  commit(): void {
    this.replay = undefined;
  }

  onDrain(): void {
    const { drained } = this;
    this.drained = undefined;
    drained?.();
  }

  /** The call is over: the producer is told, also when it waits for the wire. */
  close(): void {
    this.replay = undefined;
    this.onDrain();
    if (!this.ended) {
      this.ended = true;
      // A producer that fails while it is being stopped has nobody to tell.
      this.requests.return?.()?.then(undefined, () => {});
    }
  }

  private async pump(): Promise<void> {
    const { call } = this;
    try {
      for (;;) {
        const next = await this.requests.next();
        if (call.done) return;
        if (next.done) break;
        if (!this.send(next.value)) {
          await new Promise<void>((resolve) => {
            this.drained = resolve;
          });
          if (call.done) return;
        }
      }
      this.ended = true;
      if (call.stream !== undefined) call.connection!.sender.endStream(call.stream);
    } catch (thrown) {
      this.ended = true;
      call.cancel(thrown instanceof RpcError ? thrown : new RpcError(Code.CANCELLED, "the requests failed", { cause: thrown }));
    }
  }

  /** False: wait. */
  private send(message: unknown): boolean {
    const { call } = this;
    const { codec } = call.entry;
    const compressor = call.entry.compressor(call.options?.compression);
    if (this.replay === undefined) return sendMessage(call.connection!.sender, call.stream!, codec.request, message, compressor, false);
    const framed = frameMessage(codec.request, message, compressor);
    this.replayBytes += framed.length;
    if (this.replayBytes > REPLAY_BYTES_MAX && call.stream !== undefined) this.replay = undefined;
    else this.replay.push(framed);
    return call.stream !== undefined && call.connection!.sender.sendData(call.stream, framed, false);
  }
}
