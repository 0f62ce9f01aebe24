import type { Metadata } from "../call/metadata.js";
import { RpcError } from "../call/rpc-error.js";
import type { RetryThrottle } from "../channel/retry-throttle.js";
import type { AttemptOptions } from "./attempt-options.js";
import type { AttemptSeries } from "./attempt-series.js";
import type { RetryDecision } from "./retry-decision.js";
import type { SharedRequests } from "./shared-requests.js";

export interface RetriedStreamParts {
  readonly series: AttemptSeries;
  readonly decision: RetryDecision;
  readonly throttle: RetryThrottle;
  readonly shared: SharedRequests | undefined;
  readonly start: (options: AttemptOptions) => AsyncIterable<unknown>;
}

/** The responses of a call that is attempted again until one attempt's response begins. The first attempt starts at once. */
export class RetriedStream implements AsyncIterableIterator<unknown> {
  private readonly parts: RetriedStreamParts;
  private attempt: AsyncIterator<unknown>;
  private committed = false;
  private trailers: Metadata | undefined;

  constructor(parts: RetriedStreamParts) {
    this.parts = parts;
    this.attempt = this.start();
  }

  async next(): Promise<IteratorResult<unknown>> {
    const { series, decision, shared, throttle } = this.parts;
    for (;;) {
      try {
        const result = await this.attempt.next();
        if (result.done) {
          throttle.succeeded();
          this.tellTrailers();
        }
        return result;
      } catch (thrown) {
        const error = RpcError.from(thrown);
        const delayMs = decision.delayMs(error, this.committed || shared?.repeatable === false);
        if (delayMs === undefined) {
          shared?.close();
          this.tellTrailers();
          throw error;
        }
        await series.pause(delayMs);
        this.attempt = this.start();
      }
    }
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.parts.shared?.close();
    await this.attempt.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<unknown> {
    return this;
  }

  private start(): AsyncIterator<unknown> {
    const { series, shared, start } = this.parts;
    const responses = start(
      series.next({
        onHeaders: (headers) => {
          this.committed = true;
          shared?.commit();
          series.tellHeaders(headers);
        },
        onTrailers: (trailers) => {
          this.trailers = trailers;
        },
      }),
    );
    return responses[Symbol.asyncIterator]();
  }

  private tellTrailers(): void {
    this.parts.series.tellTrailers(this.trailers);
    this.trailers = undefined;
  }
}
