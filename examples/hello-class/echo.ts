/** A contract is a class. Its client imports the type alone. */
export class Echo {
  async echo(message: string): Promise<string> {
    return message;
  }

  /** An async generator streams to the client. */
  async *count(to: number): AsyncGenerator<number> {
    for (let item = 1; item <= to; item++) yield item;
  }

  /** An AsyncIterable argument streams from the client. */
  async sum(items: AsyncIterable<number>): Promise<number> {
    let total = 0;
    for await (const item of items) total += item;
    return total;
  }
}
