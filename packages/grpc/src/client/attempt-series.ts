import type { Member } from "../balance/balancer.js";
import type { Clock } from "../call/clock.js";
import { Code } from "../call/code.js";
import type { Metadata } from "../call/metadata.js";
import { RpcError } from "../call/rpc-error.js";
import { abortError } from "./abort-error.js";
import type { AttemptOptions } from "./attempt-options.js";
import type { CallOptions } from "./caller.js";

/**
 * What the attempts of one call have in common: the deadline, the members tried,
 * and the caller's callbacks, which hear only of the attempt that counts.
 */
export class AttemptSeries {
  readonly label: string;
  private readonly clock: Clock;
  private readonly options: CallOptions | undefined;
  private deadlineMs: number;
  private readonly tried = new Set<Member>();
  private started = 0;

  constructor(label: string, clock: Clock, options: CallOptions | undefined, timeoutMs: number) {
    this.label = label;
    this.clock = clock;
    this.options = options;
    this.deadlineMs = clock.nowMs() + (options?.timeoutMs ?? timeoutMs);
  }

  /** Goes on after a first attempt that was made outside, with what it left. */
  follow(member: Member | undefined, leftMs: number): void {
    this.started = 1;
    if (member !== undefined) this.tried.add(member);
    this.deadlineMs = this.clock.nowMs() + leftMs;
  }

  /** The options of one more attempt. */
  next(own: { signal?: AbortSignal; onHeaders: (headers: Metadata) => void; onTrailers: (trailers: Metadata) => void }): AttemptOptions {
    const leftMs = this.leftMs();
    const previousAttempts = this.started++;
    const signal = own.signal ?? this.options?.signal;
    return {
      ...this.options,
      ...(leftMs === Number.POSITIVE_INFINITY ? {} : { timeoutMs: leftMs }),
      ...(previousAttempts === 0 ? {} : { previousAttempts, excluded: this.tried }),
      ...(signal === undefined ? {} : { signal }),
      onMember: (member) => void this.tried.add(member),
      onHeaders: own.onHeaders,
      onTrailers: own.onTrailers,
    };
  }

  tellHeaders(headers: Metadata | undefined): void {
    if (headers !== undefined) this.options?.onHeaders?.(headers);
  }

  tellTrailers(trailers: Metadata | undefined): void {
    if (trailers !== undefined) this.options?.onTrailers?.(trailers);
  }

  get signal(): AbortSignal | undefined {
    return this.options?.signal;
  }

  leftMs(): number {
    return this.deadlineMs === Number.POSITIVE_INFINITY ? this.deadlineMs : this.deadlineMs - this.clock.nowMs();
  }

  /** Waits between attempts; rejects when the call ends meanwhile. */
  pause(delayMs: number): Promise<void> {
    const leftMs = this.leftMs();
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(Math.min(delayMs, leftMs), () => {
        signal?.removeEventListener("abort", abort);
        if (delayMs < leftMs) resolve();
        else reject(new RpcError(Code.DEADLINE_EXCEEDED, `${this.label}: the deadline passed while waiting to try again`));
      });
      const abort = (): void => {
        cancel();
        reject(abortError(signal as AbortSignal));
      };
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }
}
