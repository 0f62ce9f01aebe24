import { debugLog } from "../call/debug-log.js";
import type { Metadata } from "../call/metadata.js";
import { RpcError } from "../call/rpc-error.js";
import type { ChannelCore } from "../channel/channel.js";
import type { RetryPolicy } from "../channel/method-policy.js";
import type { Method } from "../contract/contract.js";
import type { AttemptOptions } from "./attempt-options.js";
import { AttemptSeries } from "./attempt-series.js";
import type { Caller, CallOptions } from "./caller.js";
import type { AttemptCaller } from "./channel-caller.js";
import { RetriedStream } from "./retried-stream.js";
import { RetryDecision } from "./retry-decision.js";
import { SharedRequests } from "./shared-requests.js";

const debug = debugLog("retry");

/** Retries of gRFC A6: an attempt that failed before its response began is made again, as policy, throttle and server allow. */
export class RetryingCaller implements Caller {
  private readonly core: ChannelCore;
  private readonly attempts: AttemptCaller;

  constructor(core: ChannelCore, attempts: AttemptCaller) {
    this.core = core;
    this.attempts = attempts;
  }

  unary(method: Method, request: unknown, options?: CallOptions): Promise<unknown> {
    return this.once(method, options, undefined, (own) => this.attempts.unary(method, request, own));
  }

  serverStreaming(method: Method, request: unknown, options?: CallOptions): AsyncIterable<unknown> {
    return this.many(method, options, undefined, (own) => this.attempts.serverStreaming(method, request, own));
  }

  clientStreaming(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): Promise<unknown> {
    const shared = new SharedRequests(requests);
    return this.once(method, options, shared, (own) => this.attempts.clientStreaming(method, shared.reader(), own));
  }

  bidi(method: Method, requests: AsyncIterable<unknown>, options?: CallOptions): AsyncIterable<unknown> {
    const shared = new SharedRequests(requests);
    return this.many(method, options, shared, (own) => this.attempts.bidi(method, shared.reader(), own));
  }

  private async once(
    method: Method,
    options: CallOptions | undefined,
    shared: SharedRequests | undefined,
    start: (options: AttemptOptions) => Promise<unknown>,
  ): Promise<unknown> {
    const { series, decision } = this.begin(method, options);
    for (;;) {
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
        const error = RpcError.from(thrown);
        const delayMs = decision.delayMs(error, headers !== undefined || shared?.repeatable === false);
        if (delayMs === undefined) {
          shared?.close();
          series.tellTrailers(trailers);
          throw error;
        }
        debug(`${series.label}: attempt ${decision.failures} failed (${error.message}), next in ${Math.round(delayMs)} ms`);
        await series.pause(delayMs);
      }
    }
  }

  private many(
    method: Method,
    options: CallOptions | undefined,
    shared: SharedRequests | undefined,
    start: (options: AttemptOptions) => AsyncIterable<unknown>,
  ): AsyncIterable<unknown> {
    const { series, decision } = this.begin(method, options);
    return new RetriedStream({ series, decision, throttle: this.core.throttle, shared, start });
  }

  private begin(method: Method, options: CallOptions | undefined): { series: AttemptSeries; decision: RetryDecision } {
    const { core } = this;
    const { policy, label } = core.entry(method);
    return {
      series: new AttemptSeries(label, core.options.clock, options, policy.timeoutMs),
      decision: new RetryDecision(policy.retry as RetryPolicy, core.throttle, core.options.random),
    };
  }
}
