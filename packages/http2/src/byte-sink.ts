/** Bytes a fresh sink can take before it grows. */
export const SINK_BYTES_INITIAL: number = 64 * 1024;

/**
 * A growing run of bytes that codecs and framers write into.
 *
 * The fields are public on purpose: a writer calls `reserve(n)` once for the
 * most bytes it may need, then writes `bytes[position++]` itself. `reserve` may
 * replace `bytes` and `view`, so both are read again after each call; offsets
 * stay valid. A length that is known only afterwards is patched at its offset.
 */
export class ByteSink {
  bytes: Buffer;
  view: DataView;
  position = 0;

  constructor(bytesInitial: number = SINK_BYTES_INITIAL) {
    this.bytes = Buffer.allocUnsafeSlow(bytesInitial);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `count` more bytes behind `position`. */
  reserve(count: number): void {
    const needed = this.position + count;
    if (needed > this.bytes.length) this.grow(needed);
  }

  private grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
