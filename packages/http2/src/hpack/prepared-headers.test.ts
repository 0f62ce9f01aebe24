import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HeaderDecoder } from "./header-decoder.js";
import { prepareHeaders } from "./prepared-headers.js";

const nameArbitrary = fc
  .string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789-_."), minLength: 1, maxLength: 30 })
  .filter((name) => !["connection", "te", "upgrade"].includes(name));
const valueArbitrary = fc.string({ unit: "binary", maxLength: 300 }).map((text) => text.replace(/[^\x20-\x7e\x80-\xff]/g, "x").trim());

test("prepareHeaders() writes what HeaderDecoder reads, and nothing that touches the table", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(nameArbitrary, valueArbitrary), { maxLength: 20 }), (pairs) => {
      const { bytes, fields } = prepareHeaders(pairs.flat());
      const decoder = new HeaderDecoder(1 << 20, 1 << 10);
      assert.deepEqual(decoder.decode(Buffer.from(bytes), 0, bytes.length)?.fields, fields);
      assert.equal(decoder.table.generation, 0);
    }),
  );
});

test("prepareHeaders() marks secrets as never indexed", () => {
  assert.equal(prepareHeaders(["authorization", "Bearer x"]).bytes[0]! & 0xf0, 0x10);
});

const forbidden: Readonly<Record<string, readonly string[]>> = {
  "a line break in a value": ["x", "a\r\nset-cookie: b"],
  "a NUL in a value": ["x", "a\0b"],
  "a character beyond latin1": ["x", "\u20ac"],
  "an upper-case name": ["X", "a"],
  "an empty name": ["", "a"],
  "a name with a colon inside": ["a:b", "a"],
  "a value that begins with a blank": ["x", " a"],
  "a connection-specific field": ["connection", "close"],
  "te with another value than trailers": ["te", "gzip"],
  "a name without a value": ["x"],
};

for (const [what, fields] of Object.entries(forbidden)) {
  test(`prepareHeaders() refuses ${what}`, () => assert.throws(() => prepareHeaders(fields), TypeError));
}
