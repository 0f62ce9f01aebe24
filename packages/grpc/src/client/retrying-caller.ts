import { debugLog } from "../call/debug-log.js";
import type { Metadata } from "../call/metadata.js";
import { RpcError } from "../call/rpc-error.js";
import type { ChannelCore } from "../channel/channel.js";
import type { MethodEntry } from "../channel/method-entry.js";
import type { RetryPolicy } from "../channel/method-policy.js";
import type { Method } from "../contract/contract.js";
import type { AttemptOptions } from "./attempt-options.js";
import { AttemptSeries } from "./attempt-series.js";
import type { Caller, CallOptions } from "./caller.js";
import type { AttemptCaller } from "./channel-caller.js";
import { FirstAttempt, type Retrier } from "./first-attempt.js";
import { RetriedStream } from "./retried-stream.js";
import { RetryDecision } from "./retry-decision.js";
import { SharedRequests } from "./shared-requests.js";

const debug = debugLog("retry");

interface Begun {
  readonly series: AttemptSeries;
  readonly decision: RetryDecision;
}

/** Of one attempt. */
interface Failure {
  readonly error: RpcError;
  readonly committed: boolean;
  readonly shared?: SharedRequests | undefined;
  readonly trailers?: Metadata | undefined;
}

/** Retries of gRFC A6: an attempt that failed before its response began is made again, as policy, throttle and server allow. */
export class RetryingCaller implements Caller, Retrier {
  private readonly core: ChannelCore;
  private readonly attempts: AttemptCaller;

  constructor(core: ChannelCore, attempts: AttemptCaller) {
    this.core = core;
    this.attempts = attempts;
  }

  unary(method: Method, request: unknown, options?: CallOptions): Promise<unknown> {
    // Trailers are told of the last attempt alone, which is known only once it is over.
    if (options?.onTrailers !== undefined) {
      return this.once(this.begin(this.core.entry(method), options), undefined, (own) => this.attempts.unary(method, request, own));
    }
    const { core } = this;
    return new Promise((resolve, reject) => {
      new FirstAttempt(core, core.entry(method), request, options, resolve, reject, this).start();
    });
  }

  succeeded(): void {
    this.core.throttle.succeeded();
  }

  again(first: FirstAttempt, error: RpcError): Promise<unknown> {
    const { entry, method, request, options, member } = first;
    // Under the policy it began with, whatever a resolver said meanwhile.
    const begun = this.begin(entry, options);
    begun.series.follow(member, first.timeoutLeftMs());
    return this.once(begun, undefined, (own) => this.attempts.unary(method, request, own), { error, committed: first.committed });
  }

  serverStreaming(method: Method, request: unknown, options?: CallOptions): AsyncIterable<unknown> {
    return this.many(method, options, undefined, (own) => this.attempts.serverStreaming(method, request, own));
  }

  clientStreaming(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): Promise<unknown> {
    const shared = new SharedRequests(requests);
    return this.once(this.begin(this.core.entry(method), options), shared, (own) =>
      this.attempts.clientStreaming(method, shared.reader(), own),
    );
  }

  bidi(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): AsyncIterable<unknown> {
    const shared = new SharedRequests(requests);
    return this.many(method, options, shared, (own) => this.attempts.bidi(method, shared.reader(), own));
  }

  private async once(
    { series, decision }: Begun,
    shared: SharedRequests | undefined,
    start: (options: AttemptOptions) => Promise<unknown>,
    earlier?: Failure,
  ): Promise<unknown> {
    for (let failure = earlier; ; ) {
      if (failure !== undefined) await this.pauseAfter(failure, series, decision);
      let headers: Metadata | undefined;
      let trailers: Metadata | undefined;
      try {
        const response = await start(
          series.next({
            onHeaders: (arrived) => {
              headers = arrived;
              shared?.commit();
              series.tellHeaders(arrived);
            },
            onTrailers: (arrived) => {
              trailers = arrived;
            },
          }),
        );
        this.core.throttle.succeeded();
        series.tellTrailers(trailers);
        return response;
      } catch (thrown) {
        failure = { error: RpcError.from(thrown), committed: headers !== undefined || shared?.repeatable === false, shared, trailers };
      }
    }
  }

  /** Resolves when it is time for the next attempt; rejects where the failure stands. */
  private async pauseAfter({ error, committed, shared, trailers }: Failure, series: AttemptSeries, decision: RetryDecision): Promise<void> {
    const delayMs = decision.delayMs(error, committed);
    if (delayMs === undefined) {
      shared?.close();
      series.tellTrailers(trailers);
      throw error;
    }
    debug(`${series.label}: attempt ${decision.failures} failed (${error.message}), next in ${Math.round(delayMs)} ms`);
    await series.pause(delayMs);
  }

  private many(
    method: Method,
    options: CallOptions | undefined,
    shared: SharedRequests | undefined,
    start: (options: AttemptOptions) => AsyncIterable<unknown>,
  ): AsyncIterable<unknown> {
    const { series, decision } = this.begin(this.core.entry(method), options);
    return new RetriedStream({ series, decision, throttle: this.core.throttle, shared, start });
  }

  private begin(entry: MethodEntry, options: CallOptions | undefined): Begun {
    const { core } = this;
    const { policy, label } = entry;
    return {
      series: new AttemptSeries(label, core.options.clock, options, policy.timeoutMs),
      decision: new RetryDecision(policy.retry as RetryPolicy, core.throttle, core.options.random),
    };
  }
}
