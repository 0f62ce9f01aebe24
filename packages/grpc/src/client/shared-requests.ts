/** Requests that a retried call keeps so that they can be sent again; one more, and the call is committed to its attempt. */
export const REPLAY_MESSAGES_MAX = 1024;

/**
 * The requests of a streaming call for several attempts: each reads all of them
 * from the first one on. The messages are kept, not copied: a producer must not
 * change what it has yielded while the call may still be retried.
 */
export class SharedRequests {
  private readonly source: AsyncIterator<unknown>;
  private readonly kept: unknown[] = [];
  /** Messages that are no longer kept. */
  private dropped = 0;
  private ended = false;
  private committed = false;
  private failure: { readonly error: unknown } | undefined;
  private pulling: Promise<void> | undefined;

  constructor(requests: AsyncIterable<unknown>) {
    this.source = requests[Symbol.asyncIterator]();
  }

  /** False: too much has been sent to send it all again. */
  get repeatable(): boolean {
    return !this.committed;
  }

  /** Only the present attempt goes on reading. */
  commit(): void {
    this.committed = true;
  }

  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.source.return?.()?.then(undefined, () => {});
  }

  reader(): AsyncIterable<unknown> {
    let position = 0;
    const next = async (): Promise<IteratorResult<unknown>> => {
      while (position >= this.dropped + this.kept.length) {
        if (this.failure !== undefined) throw this.failure.error;
        if (this.ended) return { done: true, value: undefined };
        this.pulling ??= this.pull();
        await this.pulling;
      }
      const value = this.kept[position++ - this.dropped];
      if (this.committed) this.dropped += this.kept.splice(0, position - this.dropped).length;
      return { done: false, value };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  private async pull(): Promise<void> {
    try {
      const next = await this.source.next();
      if (next.done) this.ended = true;
      else this.kept.push(next.value);
    } catch (error) {
      this.failure = { error };
    }
    this.pulling = undefined;
    if (this.kept.length > REPLAY_MESSAGES_MAX) this.committed = true;
  }
}
