import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { sendMessage } from "../call/send-message.js";
import type { MethodEntry } from "../channel/method-entry.js";
import type { AttemptOptions } from "./attempt-options.js";
import type { CallHost } from "./call-host.js";
import { OutgoingCall } from "./outgoing-call.js";

export type Settle = (value: unknown) => void;

/** One message there, one message back. */
export class UnaryCall extends OutgoingCall {
  protected readonly resolve: Settle;
  protected readonly reject: Settle;
  private response: unknown = undefined;
  private responded = false;

  constructor(host: CallHost, entry: MethodEntry, request: unknown, options: AttemptOptions | undefined, resolve: Settle, reject: Settle) {
    super(host, entry, request, options);
    this.resolve = resolve;
    this.reject = reject;
  }

  protected override get repeatable(): boolean {
    return !this.headersReceived;
  }

  protected override sendRequest(): void {
    const { entry, stream, connection } = this;
    sendMessage(connection!.sender, stream!, entry.codec.request, this.request, entry.compressor(this.options?.compression), true);
  }

  protected override deliver(message: unknown): void {
    if (this.responded) throw secondMessage(this.entry);
    this.response = message;
    this.responded = true;
  }

  protected override complete(error: RpcError | undefined): void {
    if (error !== undefined) this.reject(error);
    else if (this.responded) this.resolve(this.response);
    else this.reject(noMessage(this.entry));
  }
}

/** Cardinality (statuscodes.md: "Response cardinality violation"). */
export function secondMessage(entry: MethodEntry): RpcError {
  return new RpcError(Code.UNIMPLEMENTED, `${entry.label}: the server sent two messages where one was due`);
}

export function noMessage(entry: MethodEntry): RpcError {
  return new RpcError(Code.UNIMPLEMENTED, `${entry.label}: the server said OK without the message that was due`);
}
