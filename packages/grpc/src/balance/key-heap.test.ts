import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyHeap } from "./key-heap.js";
import { seededRandom } from "./seeded-random.js";

/** What the heap must show, found by looking at all. */
function least({ key, tie }: KeyHeap, slots: readonly number[]): number {
  let best = -1;
  for (const slot of slots) {
    const order = best < 0 ? -1 : (key[slot] as number) - (key[best] as number) || (tie[slot] as number) - (tie[best] as number);
    if (order < 0) best = slot;
  }
  return best;
}

test("the first slot is the least one, for any number of slots and whatever changes", () => {
  const random = seededRandom(7);
  for (const count of [0, 1, 2, 3, 4, 5, 6, 16, 17, 21, 22, 100]) {
    const heap = new KeyHeap();
    heap.reset(count);
    const slots = Array.from({ length: count }, (_, slot) => slot);
    const set = (slot: number): void => {
      heap.key[slot] = Math.floor(random() * 5);
      heap.tie[slot] = random();
    };
    for (const slot of slots) set(slot);
    heap.heapify();
    assert.equal(heap.first(), least(heap, slots), `${count} slots`);
    for (let step = 0; step < 500 && count > 0; step++) {
      const slot = Math.floor(random() * count);
      set(slot);
      heap.changed(slot);
      assert.equal(heap.first(), least(heap, slots), `${count} slots, step ${step}`);
      const accepted = slots.filter((other) => (other + step) % 3 === 0);
      assert.equal(
        heap.firstWhere((other) => accepted.includes(other)),
        least(heap, accepted),
      );
    }
  }
});
