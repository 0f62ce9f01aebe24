import assert from "node:assert/strict";
import { test } from "node:test";
import { nextIndex } from "./index-rule.js";

test("nextIndex() goes on, starts again when the index went back, and never sends zero after an answer", () => {
  assert.equal(nextIndex(0, 7), 7);
  assert.equal(nextIndex(7, 7), 7);
  assert.equal(nextIndex(7, 9), 9);
  assert.equal(nextIndex(9, 3), 0, "reset");
  assert.equal(nextIndex(0, 0), 1);
  assert.equal(nextIndex(9, 0), 1);
  assert.equal(nextIndex(9, -5), 1);
  assert.equal(nextIndex(9, Number.NaN), 1);
});
