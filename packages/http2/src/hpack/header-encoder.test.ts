import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HeaderDecoder } from "./header-decoder.js";
import { HeaderEncoder } from "./header-encoder.js";
import { prepareHeaders } from "./prepared-headers.js";

const request = prepareHeaders([":method", "POST", ":scheme", "http", ":path", "/a.B/C", "te", "trailers", "authorization", "Bearer x"]);

test("HeaderEncoder sends a list once as literals, once inserting, and then as indices", () => {
  const encoder = new HeaderEncoder();
  const lengths = [1, 2, 3, 4].map(() => encoder.encode(request).length);
  assert.equal(lengths[0], request.bytes.length);
  assert.ok(lengths[2]! < lengths[0]! - 10);
  assert.equal(lengths[3], lengths[2]);
});

test("HeaderEncoder never puts a secret into the table", () => {
  const encoder = new HeaderEncoder();
  const decoder = new HeaderDecoder(1 << 20, 1 << 10);
  for (let round = 0; round < 4; round++) {
    const block = Buffer.from(encoder.encode(request));
    decoder.decode(block, 0, block.length);
    assert.ok(block.includes("Bearer x"));
  }
  for (let index = 0; index < decoder.table.length; index++) assert.notEqual(decoder.table.name(index), "authorization");
});

test("HeaderEncoder and HeaderDecoder stay in step over any lists, and through changes of the table's size", () => {
  const name = fc.constantFrom("a", "b", "content-type", "x-long", "cookie", ":path");
  const value = fc.oneof(fc.constantFrom("", "1", "application/grpc"), fc.string({ unit: fc.constantFrom("x", "y"), maxLength: 600 }));
  const lists = fc.array(fc.array(fc.tuple(name, value), { maxLength: 8 }), { minLength: 1, maxLength: 12 });
  const order = fc.array(
    fc.oneof({ weight: 8, arbitrary: fc.nat(11) }, { weight: 1, arbitrary: fc.constantFrom(-1, -100, -4096, -9000) }),
    {
      maxLength: 80,
    },
  );
  fc.assert(
    fc.property(lists, order, (pairs, steps) => {
      const prepared = pairs.map((list) => prepareHeaders(list.flat()));
      const encoder = new HeaderEncoder();
      const decoder = new HeaderDecoder(1 << 20, 1 << 10);
      for (const step of steps) {
        if (step < 0) {
          // What a peer does: it says a size, and holds us to it from the ACK on.
          encoder.resize(-step);
          decoder.limitTable(-step);
          continue;
        }
        const headers = prepared[step % prepared.length]!;
        const block = Buffer.from(encoder.encode(headers));
        assert.deepEqual(decoder.decode(block, 0, block.length)?.fields, headers.fields);
      }
    }),
  );
});
