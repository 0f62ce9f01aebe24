import type { RpcError } from "../call/rpc-error.js";
import type { MethodEntry } from "../channel/method-entry.js";
import type { CallHost } from "./call-host.js";
import type { CallOptions } from "./caller.js";
import { type Settle, UnaryCall } from "./unary-call.js";

/** What takes over when the first attempt has failed. */
export interface Retrier {
  succeeded(): void;
  /** Settles as the whole call does. */
  again(first: FirstAttempt, error: RpcError): Promise<unknown>;
}

/**
 * The first attempt of a unary call that may be retried. Nearly all calls end
 * with it, so it is a plain call that knows whom to ask once it has failed:
 * what several attempts share is made only then.
 */
export class FirstAttempt extends UnaryCall {
  private readonly retrier: Retrier;

  constructor(
    host: CallHost,
    entry: MethodEntry,
    request: unknown,
    options: CallOptions | undefined,
    resolve: Settle,
    reject: Settle,
    retrier: Retrier,
  ) {
    super(host, entry, request, options, resolve, reject);
    this.retrier = retrier;
  }

  /** The server began to answer: nothing may be sent again. */
  get committed(): boolean {
    return this.headersReceived;
  }

  protected override complete(error: RpcError | undefined): void {
    if (error !== undefined) return this.resolve(this.retrier.again(this, error));
    this.retrier.succeeded();
    super.complete(undefined);
  }
}
