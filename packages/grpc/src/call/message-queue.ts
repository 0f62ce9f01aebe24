/** Told about the reader of a queue. */
export interface QueueOwner {
  /** The reader has taken every message that was there. */
  onEmptied(): void;
  /** The reader left before the end. */
  onAbandoned(): void;
}

type Waiter = { resolve(result: IteratorResult<unknown>): void; reject(error: unknown): void };

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Received messages on their way to a `for await` loop. It does not limit
 * itself: HTTP/2's window of the stream does, because received bytes count as
 * consumed only while the queue is empty.
 */
export class MessageQueue implements AsyncIterableIterator<unknown> {
  private readonly owner: QueueOwner;
  private readonly messages: unknown[] = [];
  /** Messages before this index have been taken. */
  private taken = 0;
  private ended = false;
  private error: unknown;
  private waiters: Waiter[] = [];

  constructor(owner: QueueOwner) {
    this.owner = owner;
  }

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  push(message: unknown): void {
    if (this.ended) return;
    const waiter = this.waiters.length === 0 ? undefined : this.waiters.shift();
    if (waiter !== undefined) waiter.resolve({ done: false, value: message });
    else this.messages.push(message);
  }

  /** No more messages; with an `error` the loop throws it behind the last message. */
  end(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
    for (const waiter of this.waiters) {
      if (this.error === undefined) waiter.resolve(DONE);
      else waiter.reject(this.takeError());
    }
    this.waiters = [];
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.taken < this.messages.length) {
      const value = this.messages[this.taken];
      this.messages[this.taken++] = undefined;
      if (this.taken === this.messages.length) this.emptied();
      return Promise.resolve({ done: false, value });
    }
    if (this.error !== undefined) return Promise.reject(this.takeError());
    if (this.ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  /** The loop was left by `break`, `return` or an exception. */
  return(): Promise<IteratorResult<unknown>> {
    const early = !this.ended;
    this.ended = true;
    this.error = undefined;
    this.messages.length = 0;
    this.taken = 0;
    for (const waiter of this.waiters) waiter.resolve(DONE);
    this.waiters = [];
    if (early) this.owner.onAbandoned();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<unknown> {
    return this;
  }

  private emptied(): void {
    this.messages.length = 0;
    this.taken = 0;
    this.owner.onEmptied();
  }

  /** An error is thrown once; afterwards the iteration is simply over. */
  private takeError(): unknown {
    const { error } = this;
    this.error = undefined;
    return error;
  }
}
