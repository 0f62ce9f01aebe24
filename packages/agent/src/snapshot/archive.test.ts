import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { readArchive, writeArchive } from "./archive.js";

const slices = ["one", "two", ""].map((text) => Buffer.from(text));
const archive = Buffer.concat([...writeArchive(slices)]);

test("readArchive() gives back what writeArchive() was given", () => {
  assert.deepEqual(readArchive(archive).map(String), ["one", "two", ""]);
  assert.deepEqual(readArchive(Buffer.concat([...writeArchive([])])), []);
});

test("readArchive() finds every cut and every flipped bit", () => {
  for (let length = 0; length < archive.length; length++)
    assert.throws(() => readArchive(archive.subarray(0, length)), { name: "ArchiveError" });
  for (let bit = 0; bit < archive.length * 8; bit++) {
    const spoiled = Buffer.from(archive);
    spoiled[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => readArchive(spoiled), { name: "ArchiveError" }, `bit ${bit}`);
  }
  assert.throws(() => readArchive(Buffer.concat([archive, Buffer.of(0)])), /goes on after its end/);
});

test("readArchive() says what else it was given", () => {
  assert.throws(() => readArchive(gzipSync("state.bin")), /snapshot of HashiCorp's Consul.*export and import/);
  assert.throws(() => readArchive(Buffer.from("hello")), /not a snapshot/);
  assert.throws(() => readArchive(Buffer.from("consulrpc snapshot 9\n")), /another version/);
});
