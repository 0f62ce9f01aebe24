import assert from "node:assert/strict";
import { test } from "node:test";
import { freeze, restoreSlice } from "./snapshot.js";
import { State } from "./state.js";

test("freeze() and restoreSlice() carry keys, indexes, tombstones and 64-bit flags over", () => {
  const state = new State();
  const set = (key: string, value: string, flags: number | bigint = 0) =>
    state.apply({ type: "kv", op: "set", key, value, flags, session: "", index: 0, nowMs: 1 });
  set("a", "MQ==", 2n ** 63n);
  set("b", "Mg==");
  state.apply({ type: "kv", op: "delete", key: "b", value: "", flags: 0, session: "", index: 0, nowMs: 2 });
  const slices = freeze(state);
  set("late", "bm8=");
  const restored = new State();
  for (const slice of slices) restoreSlice(restored, slice);
  assert.equal(restored.index, state.index - 1);
  assert.deepEqual(restored.tables.kv.values(), [state.tables.kv.get("a")]);
  assert.equal(restored.tables.maxIndex("kvs", "tombstones"), state.index - 1);
  assert.equal(restored.tables.tombstones.get("b")?.index, state.index - 1);
});
