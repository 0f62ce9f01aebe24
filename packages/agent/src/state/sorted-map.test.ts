import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SortedMap } from "./sorted-map.js";

test("SortedMap agrees with a sorted list of UTF-8 keys after any changes", () => {
  const key = fc.string({ unit: fc.constantFrom("a", "b", "/", "\u00e9", "\uffee", "\u{1f600}"), maxLength: 4 });
  const change = fc.record({ key, remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), key, (changes, prefix) => {
      const map = new SortedMap<string>();
      const model = new Map<string, string>();
      for (const { key: changed, remove } of changes) {
        if (remove) assert.equal(map.delete(changed), model.delete(changed));
        else {
          map.set(changed, changed);
          model.set(changed, changed);
        }
      }
      const expected = [...model.keys()]
        .filter((one) => one.startsWith(prefix))
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual([...map.keys(prefix)], expected);
      assert.deepEqual(map.values(prefix), expected);
      assert.equal(map.size, model.size);
    }),
    { numRuns: 200 },
  );
});

test("SortedMap keeps its order over many chunks", () => {
  const map = new SortedMap<number>();
  for (let i = 0; i < 5000; i++) map.set(`k/${(i * 7919) % 5000}`.padEnd(8, "x"), i);
  for (let i = 0; i < 5000; i += 3) map.delete(`k/${i}`.padEnd(8, "x"));
  const keys = [...map.keys()];
  assert.deepEqual(keys, [...keys].sort());
  assert.equal(keys.length, map.size);
});
