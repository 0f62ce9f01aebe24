import { enclosingCall } from "../call/current-call.js";
import type { ChannelCore } from "../channel/channel.js";
import type { MethodEntry } from "../channel/method-entry.js";
import type { Method } from "../contract/contract.js";
import type { AttemptOptions } from "./attempt-options.js";
import { BidiCall } from "./bidi-call.js";
import type { Caller, CallOptions } from "./caller.js";
import { ClientStreamingCall } from "./client-streaming-call.js";
import { HedgingCaller } from "./hedging-caller.js";
import { inheritOptions } from "./inherit-options.js";
import { InterceptedCaller } from "./intercepted-caller.js";
import { RetryingCaller } from "./retrying-caller.js";
import { ServerStreamingCall } from "./server-streaming-call.js";
import { UnaryCall } from "./unary-call.js";

/** A Caller that can be told what retries know. */
export interface AttemptCaller extends Caller {
  unary(method: Method, request: unknown, options?: AttemptOptions): Promise<unknown>;
  serverStreaming(method: Method, request: unknown, options?: AttemptOptions): AsyncIterable<unknown>;
  clientStreaming(method: Method, requests: AsyncIterable<unknown>, options?: AttemptOptions): Promise<unknown>;
  bidi(method: Method, requests: AsyncIterable<unknown>, options?: AttemptOptions): AsyncIterable<unknown>;
}

/** Starts calls on a channel; the layers are interceptors > retry or hedging > attempts, and those not in use do not exist. */
export class ChannelCaller implements Caller {
  protected readonly core: ChannelCore;
  private readonly intercepted: InterceptedCaller | undefined;
  private readonly policied: Caller;

  constructor(core: ChannelCore) {
    this.core = core;
    const attempts = new Attempts(core);
    this.policied = new PoliciedCaller(core, attempts);
    const { interceptors } = core.options;
    this.intercepted = interceptors.length === 0 ? undefined : new InterceptedCaller(this.policied, interceptors);
  }

  unary(method: Method, request: unknown, options?: CallOptions): Promise<unknown> {
    const inherited = this.inherit(options);
    if (this.intercepted !== undefined) return this.intercepted.unary(method, request, inherited);
    const entry = this.core.entry(method);
    if (entry.plain) return startUnary(this.core, entry, request, inherited);
    return this.policied.unary(method, request, inherited);
  }

  serverStreaming(method: Method, request: unknown, options?: CallOptions): AsyncIterable<unknown> {
    return (this.intercepted ?? this.policied).serverStreaming(method, request, this.inherit(options));
  }

  clientStreaming(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): Promise<unknown> {
    return (this.intercepted ?? this.policied).clientStreaming(method, requests, this.inherit(options));
  }

  bidi(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): AsyncIterable<unknown> {
    return (this.intercepted ?? this.policied).bidi(method, requests, this.inherit(options));
  }

  /** Deadline, cancellation and metadata of the call whose handler makes this one. */
  private inherit(options: CallOptions | undefined): CallOptions | undefined {
    const parent = enclosingCall();
    return parent === undefined ? options : inheritOptions(parent, options, this.core.options.propagate);
  }
}

/** Chooses by the method's policy. */
class PoliciedCaller implements Caller {
  private readonly core: ChannelCore;
  private readonly attempts: AttemptCaller;
  private readonly retrying: Caller;
  private readonly hedging: Caller;

  constructor(core: ChannelCore, attempts: AttemptCaller) {
    this.core = core;
    this.attempts = attempts;
    this.retrying = new RetryingCaller(core, attempts);
    this.hedging = new HedgingCaller(core, attempts);
  }

  unary(method: Method, request: unknown, options?: CallOptions): Promise<unknown> {
    return this.by(method).unary(method, request, options);
  }

  serverStreaming(method: Method, request: unknown, options?: CallOptions): AsyncIterable<unknown> {
    return this.by(method).serverStreaming(method, request, options);
  }

  clientStreaming(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): Promise<unknown> {
    return this.by(method).clientStreaming(method, requests, options);
  }

  bidi(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): AsyncIterable<unknown> {
    return this.by(method).bidi(method, requests, options);
  }

  private by(method: Method): Caller {
    const { policy } = this.core.entry(method);
    if (policy.retry !== undefined) return this.retrying;
    return policy.hedge === undefined ? this.attempts : this.hedging;
  }
}

/** One attempt each. */
class Attempts implements AttemptCaller {
  private readonly core: ChannelCore;

  constructor(core: ChannelCore) {
    this.core = core;
  }

  unary(method: Method, request: unknown, options?: AttemptOptions): Promise<unknown> {
    return startUnary(this.core, this.core.entry(method), request, options);
  }

  serverStreaming(method: Method, request: unknown, options?: AttemptOptions): AsyncIterable<unknown> {
    const call = new ServerStreamingCall(this.core, this.core.entry(method), request, options);
    call.start();
    return call.responses;
  }

  clientStreaming(method: Method, requests: AsyncIterable<unknown>, options?: AttemptOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      new ClientStreamingCall(this.core, this.core.entry(method), requests, options, resolve, reject).start();
    });
  }

  bidi(method: Method, requests: AsyncIterable<unknown>, options?: AttemptOptions): AsyncIterable<unknown> {
    const call = new BidiCall(this.core, this.core.entry(method), requests, options);
    call.start();
    return call.responses;
  }
}

/** The hot path: one promise, one record. */
function startUnary(core: ChannelCore, entry: MethodEntry, request: unknown, options: AttemptOptions | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    new UnaryCall(core, entry, request, options, resolve, reject).start();
  });
}
