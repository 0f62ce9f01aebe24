import type { HeaderBlock } from "@consulrpc/http2";
import type { RpcError } from "../call/rpc-error.js";
import type { MethodEntry } from "../channel/method-entry.js";
import type { AttemptOptions } from "./attempt-options.js";
import type { CallHost } from "./call-host.js";
import { OutgoingCall } from "./outgoing-call.js";
import { RequestStream } from "./request-stream.js";
import { noMessage, secondMessage } from "./unary-call.js";

type Settle = (value: unknown) => void;

/** Many messages there, one back. */
export class ClientStreamingCall extends OutgoingCall {
  private readonly requests: RequestStream;
  private readonly resolve: Settle;
  private readonly reject: Settle;
  private response: unknown = undefined;
  private responded = false;

  constructor(
    host: CallHost,
    entry: MethodEntry,
    requests: AsyncIterable<unknown>,
    options: AttemptOptions | undefined,
    resolve: Settle,
    reject: Settle,
  ) {
    super(host, entry, undefined, options);
    this.requests = new RequestStream(this, requests);
    this.resolve = resolve;
    this.reject = reject;
  }

  protected override get repeatable(): boolean {
    return this.requests.repeatable;
  }

  protected override sendRequest(): void {
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
    if (this.responded) throw secondMessage(this.entry);
    this.response = message;
    this.responded = true;
  }

  protected override complete(error: RpcError | undefined): void {
    this.requests.close();
    if (error !== undefined) this.reject(error);
    else if (this.responded) this.resolve(this.response);
    else this.reject(noMessage(this.entry));
  }
}
