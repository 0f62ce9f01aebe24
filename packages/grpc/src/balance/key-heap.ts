/** Sizes double from here, so that one more member does not mean new arrays. */
const CAPACITY_MIN = 16;

/**
 * A binary heap of slots 0..count-1, least key first, ties by a second key.
 * Keys change in place: O(log n), nothing allocated.
 */
export class KeyHeap {
  key: Float64Array = new Float64Array(CAPACITY_MIN);
  tie: Float64Array = new Float64Array(CAPACITY_MIN);
  private count = 0;
  private heap = new Int32Array(CAPACITY_MIN);
  private place = new Int32Array(CAPACITY_MIN);

  get size(): number {
    return this.count;
  }

  /** Starts over with `count` slots; the caller then sets keys and calls `heapify`. */
  reset(count: number): void {
    if (count > this.key.length) {
      const capacity = 2 ** Math.ceil(Math.log2(count));
      this.key = new Float64Array(capacity);
      this.tie = new Float64Array(capacity);
      this.heap = new Int32Array(capacity);
      this.place = new Int32Array(capacity);
    }
    this.count = count;
    for (let slot = 0; slot < count; slot++) {
      this.heap[slot] = slot;
      this.place[slot] = slot;
    }
  }

  heapify(): void {
    for (let at = (this.count >> 1) - 1; at >= 0; at--) this.sink(at);
  }

  /** The slot with the least key; -1 when empty. */
  first(): number {
    return this.count === 0 ? -1 : (this.heap[0] as number);
  }

  /** The least slot that `accepts` takes; -1 when it takes none. Looks only below slots that were refused. */
  firstWhere(accepts: (slot: number) => boolean, at = 0): number {
    if (at >= this.count) return -1;
    const slot = this.heap[at] as number;
    if (accepts(slot)) return slot;
    const left = this.firstWhere(accepts, 2 * at + 1);
    const right = this.firstWhere(accepts, 2 * at + 2);
    if (left < 0 || right < 0) return Math.max(left, right);
    return this.before(right, left) ? right : left;
  }

  /** Puts a slot where its new keys belong. */
  changed(slot: number): void {
    this.sink(this.rise(this.place[slot] as number));
  }

  private before(one: number, other: number): boolean {
    const difference = (this.key[one] as number) - (this.key[other] as number);
    return difference === 0 ? (this.tie[one] as number) < (this.tie[other] as number) : difference < 0;
  }

  private rise(from: number): number {
    const { heap, place } = this;
    const slot = heap[from] as number;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as number;
      if (!this.before(slot, above)) break;
      heap[at] = above;
      place[above] = at;
      at = parent;
    }
    heap[at] = slot;
    place[slot] = at;
    return at;
  }

  private sink(from: number): void {
    const { heap, place, count } = this;
    const slot = heap[from] as number;
    let at = from;
    for (let child = 2 * at + 1; child < count; child = 2 * at + 1) {
      if (child + 1 < count && this.before(heap[child + 1] as number, heap[child] as number)) child++;
      const below = heap[child] as number;
      if (!this.before(below, slot)) break;
      heap[at] = below;
      place[below] = at;
      at = child;
    }
    heap[at] = slot;
    place[slot] = at;
  }
}
