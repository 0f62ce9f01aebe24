/**
 * A place for one value with any number of readers, each of which sees the latest value and never a queue of history.
 * The iteration ends with `end`.
 */
export class Latest<T> implements AsyncIterable<T> {
  private version = 0;
  private value: T | undefined;
  private ended = false;
  private waiting: (() => void)[] = [];

  set(value: T): void {
    this.value = value;
    this.version++;
    this.wake();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  get current(): T | undefined {
    return this.value;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    let seen = 0;
    while (!this.ended) {
      if (this.version === seen) await new Promise<void>((resolve) => this.waiting.push(resolve));
      else {
        seen = this.version;
        yield this.value as T;
      }
    }
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
