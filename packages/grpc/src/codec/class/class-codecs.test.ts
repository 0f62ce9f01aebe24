import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteSink } from "@consulrpc/http2";
import fc from "fast-check";
import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import type { Codec } from "../codec.js";
import { jsonCodec, jsonCodecWith } from "./json-codec.js";
import { msgpackCodec, msgpackCodecWith } from "./msgpack-codec.js";
import { plain } from "./plain.js";
import { valueCodec, valueCodecWith } from "./value-codec.js";

function encoded(codec: Codec, value: unknown): Buffer {
  const sink = new ByteSink(1);
  codec.encode(value, sink);
  return Buffer.from(sink.bytes.subarray(0, sink.position));
}

/** Decodes from the middle of a buffer that is overwritten before anybody looks. */
function decoded(codec: Codec, bytes: Uint8Array): unknown {
  const buffer = Buffer.concat([Buffer.alloc(3, 0xff), bytes, Buffer.alloc(3, 0xff)]);
  const value = codec.decode(buffer, 3, 3 + bytes.length);
  buffer.fill(0xdd);
  return value;
}

const there = (codec: Codec, value: unknown): unknown => decoded(codec, encoded(codec, value));
const refuses = (code: Code, words: RegExp) => (error: unknown) =>
  error instanceof RpcError && error.code === code && words.test(error.message);

/** Everything that a class contract's values may be made of. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ minLength: 30, maxLength: 300 }),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.date({ noInvalidDate: false }),
      fc.uint8Array({ maxLength: 300 }),
    ),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(
      fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 20, noNullPrototype: true },
    ),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.integer()), tie("value")), { selector: ([key]) => key, maxLength: 6 })
      .map((entries) => new Map(entries as [unknown, unknown][])),
    fc.uniqueArray(fc.string(), { maxLength: 6 }).map((items) => new Set(items)),
  ),
})).value;

test("msgpackCodec gives back any value as it was", () => {
  fc.assert(
    fc.property(anything, (value) => assert.deepStrictEqual(there(msgpackCodec, value), value)),
    { numRuns: 500 },
  );
});

test("jsonCodec and valueCodec give back any value in its plain form", () => {
  fc.assert(
    fc.property(anything, (value) => {
      const expected: unknown = JSON.parse(JSON.stringify(plain(value, 100)) ?? "null");
      assert.deepStrictEqual(there(jsonCodec, value), expected);
      // Value's doubles hold what JSON cannot say.
      if (!/null/.test(JSON.stringify(expected))) assert.deepStrictEqual(JSON.parse(JSON.stringify(there(valueCodec, value))), expected);
    }),
    { numRuns: 300 },
  );
});

test("numbers keep their edges", () => {
  for (const value of [
    0,
    -0,
    127,
    128,
    255,
    256,
    65535,
    65536,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53,
    -1,
    -32,
    -33,
    -128,
    -129,
    -32768,
    -32769,
    -(2 ** 31),
    -(2 ** 31) - 1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    5e-324,
  ]) {
    assert.ok(Object.is(there(msgpackCodec, value), value), String(value));
  }
  for (const value of [
    0n,
    -1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 64n - 1n,
    2n ** 64n,
    -(2n ** 64n),
    2n ** 127n,
    -(2n ** 127n),
    -(2n ** 127n) - 1n,
    2n ** 2000n,
  ])
    assert.equal(there(msgpackCodec, value), value);
});

test("classes are their own form or their fields; private parts and inherited ones stay", () => {
  class Point {
    #secret = 1;
    x = 1;
    y = this.#secret + 1;
    norm(): number {
      return this.x;
    }
  }
  assert.deepEqual(there(msgpackCodec, [new Point(), new URL("http://a/b")]), [{ x: 1, y: 2 }, "http://a/b"]);
});

for (const codec of [msgpackCodec, jsonCodec, valueCodec]) {
  test(`${codec.name}: cycles and what is no value are refused with the path`, () => {
    const order: Record<string, unknown> = { items: [{ sku: 1 }] };
    (order.items as Record<string, unknown>[])[0]!.order = order;
    assert.throws(() => encoded(codec, order), refuses(Code.INTERNAL, /\$\.items\[0\]\.order refers back/));
    assert.throws(() => encoded(codec, { "a b": [() => 1] }), refuses(Code.INTERNAL, /\$\["a b"\]\[0\] is a function/));
    assert.throws(() => encoded(codec, [new Float64Array(1)]), refuses(Code.INTERNAL, /\$\[0\] is a Float64Array/));
    assert.throws(() => encoded(codec, JSON.parse('{"a":{"__proto__":1}}')), refuses(Code.INTERNAL, /\$\.a has the key "__proto__"/));
    const shared = { a: 1 };
    assert.deepEqual(there(codec, [shared, shared]), [shared, shared]);
  });
}

test("no decoder lets a peer's __proto__ through, however it is written", () => {
  const evil = Buffer.concat([Buffer.from([0x81, 0xa9]), Buffer.from("__proto__"), Buffer.from([0x81, 0xa1, 0x78, 0x01])]);
  assert.throws(() => decoded(msgpackCodec, evil), refuses(Code.INVALID_ARGUMENT, /__proto__/));
  const str8 = Buffer.concat([Buffer.from([0x81, 0xd9, 9]), Buffer.from("__proto__"), Buffer.from([0x01])]);
  assert.throws(() => decoded(msgpackCodec, str8), refuses(Code.INVALID_ARGUMENT, /__proto__/));
  for (const text of ['{"__proto__":{"x":1}}', '[{"a":{"\\u005f_proto__":1}}]', '{"_\\u005fproto__":1}']) {
    assert.throws(() => decoded(jsonCodec, Buffer.from(text)), refuses(Code.INVALID_ARGUMENT, /__proto__/), text);
  }
  assert.equal(({} as Record<string, unknown>).x, undefined);
  assert.deepEqual(Object.keys(decoded(jsonCodec, Buffer.from('{"constructor":{"prototype":1},"_x":"\\n"}')) as object), [
    "constructor",
    "_x",
  ]);
});

test("broken MessagePack is refused with the offset", () => {
  const broken: [string, RegExp][] = [
    ["", /offset 0.*ends inside/],
    ["c1", /0xc1/],
    ["93 01 02", /ends inside a list/],
    ["dd ff ff ff ff", /decodedElementsMax/],
    ["df ff ff ff ff", /decodedElementsMax/],
    ["c6 ff ff ff ff", /ends inside/],
    ["a2 c3 28", /UTF-8/],
    ["01 01", /1 bytes follow/],
    ["d4 63 00", /unknown extension 99/],
    ["81 c0 01", /a key is null/],
    ["c7 01 73 01", /no list inside/],
    ["c7 02 4d 91 01", /lacks a value/],
    ["d5 ff 00 00", /timestamp of 2/],
  ];
  for (const [hex, words] of broken) {
    assert.throws(
      () => decoded(msgpackCodec, Buffer.from(hex.replaceAll(" ", ""), "hex")),
      (error: unknown) => error instanceof RpcError && words.test(error.message),
      hex,
    );
  }
});

test("any bytes: every decoder answers or refuses with an RpcError", () => {
  for (const codec of [msgpackCodec, jsonCodec, valueCodec]) {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decoded(codec, bytes);
        } catch (error) {
          assert.ok(error instanceof RpcError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  }
});

test("depth and elements are limited", () => {
  const deep = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  for (const make of [msgpackCodecWith, jsonCodecWith, valueCodecWith]) {
    const open = make({ depthMax: 1000 });
    for (const levels of [99, 100]) assert.deepEqual(decoded(make(), encoded(open, deep(levels))), deep(levels));
    assert.throws(() => encoded(make(), deep(101)), refuses(Code.INTERNAL, /depthMax/));
    assert.throws(() => decoded(make(), encoded(open, deep(300))), refuses(Code.RESOURCE_EXHAUSTED, /depthMax/), open.name);
    const many = encoded(
      make(),
      Array.from({ length: 2000 }, () => ({})),
    );
    assert.throws(
      () => decoded(make({ decodedElementsMax: 1000 }), many),
      refuses(Code.RESOURCE_EXHAUSTED, /decodedElementsMax/),
      open.name,
    );
  }
});
