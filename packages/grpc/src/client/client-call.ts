import type { Call } from "../call/interceptor.js";
import { Metadata } from "../call/metadata.js";
import { deadlines } from "../call/timer-wheel.js";
import type { Method } from "../contract/contract.js";
import type { CallOptions } from "./caller.js";

/** A call as a client's interceptors see it. Exists only where there are interceptors. */
export class ClientCall implements Call {
  readonly side = "client";
  readonly method: Method;
  readonly request: unknown;
  readonly metadata: Metadata;
  readonly options: CallOptions | undefined;
  peer: string | undefined = undefined;
  responseHeaders: Metadata | undefined = undefined;
  responseTrailers: Metadata | undefined = undefined;
  private readonly deadlineMs: number;
  private ownValues: Map<symbol, unknown> | undefined;
  private ownSignal: AbortSignal | undefined;

  constructor(method: Method, request: unknown, options: CallOptions | undefined) {
    this.method = method;
    this.request = request;
    this.options = options;
    this.metadata = options?.metadata?.clone() ?? new Metadata();
    this.deadlineMs = options?.timeoutMs === undefined ? Number.POSITIVE_INFINITY : deadlines.nowMs() + options.timeoutMs;
  }

  timeoutLeftMs(): number {
    return this.deadlineMs === Number.POSITIVE_INFINITY ? this.deadlineMs : Math.max(0, this.deadlineMs - deadlines.nowMs());
  }

  get signal(): AbortSignal {
    if (this.ownSignal === undefined) {
      const signals = this.options?.signal === undefined ? [] : [this.options.signal];
      const leftMs = this.timeoutLeftMs();
      if (leftMs !== Number.POSITIVE_INFINITY) signals.push(AbortSignal.timeout(Math.ceil(leftMs)));
      this.ownSignal = AbortSignal.any(signals);
    }
    return this.ownSignal;
  }

  /** What the caller gave: aborts the call itself. */
  get abortSignal(): AbortSignal | undefined {
    return this.options?.signal;
  }

  get values(): Map<symbol, unknown> {
    this.ownValues ??= new Map();
    return this.ownValues;
  }

  headersArrived(headers: Metadata): void {
    this.responseHeaders = headers;
    this.options?.onHeaders?.(headers);
  }

  trailersArrived(trailers: Metadata): void {
    this.responseTrailers = trailers;
    this.options?.onTrailers?.(trailers);
  }
}
