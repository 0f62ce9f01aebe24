/** RFC 7541 §4.1: what an entry costs beyond its octets. */
export const ENTRY_OVERHEAD_BYTES = 32;

/**
 * The dynamic table (RFC 7541 §2.3.2, §4): a ring, newest entry first.
 * `generation` changes with every insertion and eviction, so that whoever
 * derived something from the table can tell whether it still holds.
 */
export class DynamicTable {
  /** The bound in force: what the encoder last said, at most what the decoder allows. */
  bytesMax: number;
  bytes = 0;
  length = 0;
  generation = 0;
  private names: string[] = [];
  private values: string[] = [];
  /** Ring position of the newest entry. */
  private newest = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** `index` counts from 0, the newest. The caller has checked it against `length`. */
  name(index: number): string {
    return this.names[(this.newest + index) & (this.names.length - 1)]!;
  }

  value(index: number): string {
    return this.values[(this.newest + index) & (this.values.length - 1)]!;
  }

  /** Inserts, evicting from the old end; an entry larger than the table empties it (RFC 7541 §4.4). */
  insert(name: string, value: string): void {
    const size = name.length + value.length + ENTRY_OVERHEAD_BYTES;
    this.generation++;
    this.evictTo(this.bytesMax - size);
    if (size > this.bytesMax) return;
    if (this.length === this.names.length) this.grow();
    this.newest = (this.newest - 1) & (this.names.length - 1);
    this.names[this.newest] = name;
    this.values[this.newest] = value;
    this.length++;
    this.bytes += size;
  }

  resize(bytesMax: number): void {
    this.bytesMax = bytesMax;
    this.generation++;
    this.evictTo(bytesMax);
  }

  private evictTo(bytes: number): void {
    while (this.bytes > bytes && this.length > 0) {
      this.length--;
      const at = (this.newest + this.length) & (this.names.length - 1);
      this.bytes -= this.names[at]!.length + this.values[at]!.length + ENTRY_OVERHEAD_BYTES;
      this.names[at] = "";
      this.values[at] = "";
    }
  }

  /** Doubles the ring; its length stays a power of two. */
  private grow(): void {
    const names: string[] = [];
    const values: string[] = [];
    for (let index = 0; index < this.length; index++) {
      names.push(this.name(index));
      values.push(this.value(index));
    }
    const capacity = Math.max(8, this.names.length * 2);
    while (names.length < capacity) {
      names.push("");
      values.push("");
    }
    this.names = names;
    this.values = values;
    this.newest = 0;
  }
}
