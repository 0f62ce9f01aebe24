/** Keeps the last bytes of what a check printed: the end says why it failed. */
export class OutputTail {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #held = 0;
  #total = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get total(): number {
    return this.#total;
  }

  write(chunk: Buffer): void {
    this.#total += chunk.length;
    this.#held += chunk.length;
    this.#chunks.push(chunk);
    while (this.#chunks.length > 1 && this.#held - this.#chunks[0]!.length >= this.#bytesMax) this.#held -= this.#chunks.shift()!.length;
  }

  toString(): string {
    const held = Buffer.concat(this.#chunks);
    return held.subarray(Math.max(0, held.length - this.#bytesMax)).toString();
  }

  /** As scripts show it: says how much was cut. */
  withCutNoted(): string {
    const text = this.toString();
    return this.#total > this.#bytesMax ? `Captured ${this.#bytesMax} of ${this.#total} bytes\n...\n${text}` : text;
  }
}
