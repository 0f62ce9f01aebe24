import type { Stream } from "./stream.js";

/** The table doubles up to this many slots when ids collide; what still collides goes into a Map. */
const SLOTS_MAX = 16_384;

/**
 * Open streams by id. Ids of one side rise by two, so the low bits of `id / 2`
 * are as good as a hash: one indexed read finds a stream, where a Map hashes
 * the id for every frame.
 */
export class StreamTable {
  size = 0;
  private slots: (Stream | undefined)[] = new Array<Stream | undefined>(16).fill(undefined);
  private overflow: Map<number, Stream> | undefined;

  get(id: number): Stream | undefined {
    const stream = this.slots[(id >>> 1) & (this.slots.length - 1)];
    if (stream !== undefined && stream.id === id) return stream;
    return this.overflow?.get(id);
  }

  add(stream: Stream): void {
    this.size++;
    this.place(stream);
  }

  delete(stream: Stream): void {
    const slot = (stream.id >>> 1) & (this.slots.length - 1);
    if (this.slots[slot] === stream) this.slots[slot] = undefined;
    else if (this.overflow?.delete(stream.id) !== true) return;
    this.size--;
  }

  /** A snapshot: the caller may change the table meanwhile. */
  all(): Stream[] {
    const streams: Stream[] = [];
    for (const stream of this.slots) if (stream !== undefined) streams.push(stream);
    if (this.overflow !== undefined) streams.push(...this.overflow.values());
    return streams;
  }

  private place(stream: Stream): void {
    const slot = (stream.id >>> 1) & (this.slots.length - 1);
    if (this.slots[slot] === undefined) this.slots[slot] = stream;
    else if (this.slots.length < SLOTS_MAX && this.slots.length < this.size * 8) this.grow(stream);
    else {
      this.overflow ??= new Map();
      this.overflow.set(stream.id, stream);
    }
  }

  /** Doubles the slots. Only when they are at least an eighth full: ids chosen to collide buy no memory. */
  private grow(stream: Stream): void {
    const streams = this.all();
    this.slots = new Array<Stream | undefined>(this.slots.length * 2).fill(undefined);
    this.overflow = undefined;
    for (const known of streams) this.place(known);
    this.place(stream);
  }
}
