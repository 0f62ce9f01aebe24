import { ByteSink, SINK_BYTES_INITIAL } from "./byte-sink.js";

/** Batches kept for the next connection that has something to say. */
const SPARE_BATCHES_MAX = 8;
/** A batch that has grown past this is left to the garbage collector. */
const SPARE_BATCH_BYTES_MAX: number = 4 * SINK_BYTES_INITIAL;

/**
 * What a connection wants written, in order: bytes of its own sink, and large
 * payloads in between that were not copied. One batch goes out in one write.
 */
export class OutputBatch {
  sink: ByteSink = new ByteSink();
  /** Bytes in `parts`. */
  private partsBytes = 0;
  private parts: Uint8Array[] = [];
  /** Where in the sink the part begins that is not in `parts` yet. */
  private partStart = 0;

  get length(): number {
    return this.partsBytes + this.sink.position - this.partStart;
  }

  /** Puts `bytes` behind what is written so far without copying them. */
  pushPart(bytes: Uint8Array): void {
    this.closePart();
    this.parts.push(bytes);
    this.partsBytes += bytes.length;
  }

  /**
   * Takes the payload behind `payloadStart` out of the sink without copying it;
   * what was written before `start` stays in its place. The sink is another one
   * afterwards: its memory now belongs to the payload.
   */
  detach(start: number, payloadStart: number): Uint8Array {
    const payload = this.sink.bytes.subarray(payloadStart, this.sink.position);
    this.sink.position = start;
    this.closePart();
    this.sink = new ByteSink();
    this.partStart = 0;
    return payload;
  }

  /** Everything, in order. The sink's bytes are valid until `recycle`. */
  chunks(): Uint8Array[] {
    this.closePart();
    return this.parts;
  }

  /** The writer is done with the chunks. */
  recycle(): void {
    if (spares.length >= SPARE_BATCHES_MAX || this.sink.bytes.length > SPARE_BATCH_BYTES_MAX) return;
    this.parts = [];
    this.partsBytes = 0;
    this.partStart = 0;
    this.sink.position = 0;
    spares.push(this);
  }

  private closePart(): void {
    const { sink } = this;
    if (sink.position === this.partStart) return;
    this.parts.push(sink.bytes.subarray(this.partStart, sink.position));
    this.partsBytes += sink.position - this.partStart;
    this.partStart = sink.position;
  }
}

/** Shared by all connections: an idle one holds no output buffer. */
const spares: OutputBatch[] = [];

export function acquireBatch(): OutputBatch {
  return spares.pop() ?? new OutputBatch();
}
