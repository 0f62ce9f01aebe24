import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeHuffman, encodeHuffman, huffmanLength } from "./huffman.js";
import { codeLengths } from "./huffman-code.js";

test("the Huffman code is complete: its lengths fill the tree exactly", () => {
  let share = 0;
  for (const length of codeLengths) share += 2 ** -length;
  assert.equal(share, 1);
});

test("decodeHuffman() undoes encodeHuffman() for any octets", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      const text = Buffer.from(octets).toString("latin1");
      const length = huffmanLength(text);
      const bytes = Buffer.alloc(length + 1, 0xaa);
      assert.equal(encodeHuffman(text, bytes, 0), length);
      assert.equal(bytes[length], 0xaa, "nothing behind the string is touched");
      assert.equal(decodeHuffman(bytes, 0, length), text);
    }),
  );
});

test("decodeHuffman() survives any octets", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      const text = decodeHuffman(Buffer.from(octets), 0, octets.length);
      // What it accepts is exactly what the encoder would have written.
      if (text !== undefined) assert.equal(huffmanLength(text), octets.length);
    }),
  );
});
