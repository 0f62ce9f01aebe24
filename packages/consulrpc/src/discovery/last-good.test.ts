import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { diskLastGood } from "./disk.js";
import { memoryLastGood, parseSaved, SAVED_AGE_MS_MAX, type SavedList, savedText } from "./last-good.js";

const list: SavedList = { savedAtMs: Date.now(), endpoints: [{ id: "a", address: "h:1", weight: 1, tags: [], metadata: {} }] };

test("parseSaved() reads what savedText() wrote, and nothing old, foreign or broken", () => {
  assert.deepEqual(parseSaved(savedText(list), list.savedAtMs)?.endpoints, list.endpoints);
  assert.equal(parseSaved(savedText(list), list.savedAtMs + SAVED_AGE_MS_MAX + 1), undefined);
  for (const broken of ["", "{", "null", "[]", '{"version":2}', '{"version":1,"savedAtMs":1,"endpoints":[{"id":1}]}']) {
    assert.equal(parseSaved(broken, 1), undefined, broken);
  }
});

const stores = { memory: () => memoryLastGood(), disk: (folder: string) => diskLastGood(join(folder, "deep", "er")) };

for (const [name, open] of Object.entries(stores)) {
  test(`${name}: a list comes back as it was saved, by its key`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "last-good-"));
    const store = open(folder);
    assert.equal(await store.load("k"), undefined);
    await store.save("k", list);
    assert.deepEqual((await store.load("k"))?.endpoints, list.endpoints);
    assert.equal(await store.load("other"), undefined);
    rmSync(folder, { recursive: true });
  });
}

test("disk: leaves no temporary file, reads around a broken one, and does without a disk", async () => {
  const folder = mkdtempSync(join(tmpdir(), "last-good-"));
  const store = diskLastGood(folder);
  await store.save("k", list);
  const [file, ...others] = readdirSync(folder);
  assert.deepEqual(others, []);
  writeFileSync(join(folder, file!), "{");
  assert.equal(await store.load("k"), undefined);
  rmSync(folder, { recursive: true });
  const nowhere = diskLastGood("/dev/null/nowhere");
  await nowhere.save("k", list);
  assert.equal(await nowhere.load("k"), undefined);
});
