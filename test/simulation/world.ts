import { seededRandom } from "@consulrpc/grpc/balance";

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time, seeded chance, and what will happen: a run with the same seed is the same run, event by event. */
export class World {
  nowMs = 0;
  readonly random: () => number;
  /** Binary heap by time, then by the order of scheduling. */
  private readonly heap: Event[] = [];
  private order = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + delayMs, run);
  }

  at(atMs: number, run: () => void): void {
    const event: Event = { atMs: Math.max(atMs, this.nowMs), order: this.order++, run };
    const heap = this.heap;
    let hole = heap.length;
    heap.push(event);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!before(event, heap[parent] as Event)) break;
      heap[hole] = heap[parent] as Event;
      hole = parent;
    }
    heap[hole] = event;
  }

  /** Runs everything that happens up to `untilMs`. */
  run(untilMs: number): void {
    for (let next = this.heap[0]; next !== undefined && next.atMs <= untilMs; next = this.heap[0]) {
      this.removeFirst();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = untilMs;
  }

  private removeFirst(): void {
    const heap = this.heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let hole = 0;
    for (let child = 1; child < heap.length; child = 2 * hole + 1) {
      if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!before(heap[child] as Event, last)) break;
      heap[hole] = heap[child] as Event;
      hole = child;
    }
    heap[hole] = last;
  }
}

function before(one: Event, other: Event): boolean {
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
}
