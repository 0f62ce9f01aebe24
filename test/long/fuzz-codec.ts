import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type DescMessage, toBinary } from "@bufbuild/protobuf";
import { FeatureSetSchema, FileDescriptorProtoSchema, StructSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import { type Codec, msgpackCodec, protobufCodec, RpcError } from "@consulrpc/grpc";
import { ByteSink } from "@consulrpc/http2";
import fc from "fast-check";

const SECONDS = 600;
const SEEDS: readonly DescMessage[] = [FileDescriptorProtoSchema, StructSchema, ValueSchema, FeatureSetSchema];

/** Decoders under random and mangled bytes for ten minutes, or for as many seconds as the first argument says: an answer or an RpcError, nothing else, and what is accepted can be written and read again. */
export async function run(args: readonly string[]): Promise<void> {
  const until = Date.now() + 1000 * Number(args[0] ?? SECONDS);
  const targets: { readonly name: string; readonly codec: Codec; readonly seed: Uint8Array }[] = [
    { name: "msgpack", codec: msgpackCodec, seed: msgpackSeed() },
    ...SEEDS.flatMap((desc) =>
      (["source", "closures"] as const).map((build) => ({
        name: `${desc.typeName} ${build}`,
        codec: protobufCodec(desc, { build }) as Codec,
        seed: toBinary(FileDescriptorProtoSchema, FileDescriptorProtoSchema.file.proto),
      })),
    ),
  ];
  let messages = 0;
  let accepted = 0;
  while (Date.now() < until) {
    for (const { name, codec, seed } of targets) {
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 512 }),
          fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
          fc.boolean(),
          (random, changes, mangle) => {
            const bytes = mangle ? mangled(seed, changes) : Buffer.from(random);
            messages++;
            if (survives(name, codec, bytes)) accepted++;
          },
        ),
        { numRuns: 2_000 },
      );
    }
  }
  console.log(`fuzz-codec: ${messages} messages, ${accepted} accepted, ${targets.length} decoders, nothing but answers and RpcErrors`);
}

function survives(name: string, codec: Codec, bytes: Buffer): boolean {
  let value: unknown;
  try {
    value = codec.decode(bytes, 0, bytes.length);
  } catch (error) {
    assert.ok(error instanceof RpcError, `${name}, ${bytes.toString("hex")}: ${String(error)}`);
    return false;
  }
  const sink = new ByteSink(64);
  codec.encode(value, sink);
  // As text: a date that is none is no equal of itself.
  assert.equal(shown(codec.decode(sink.bytes, 0, sink.position)), shown(value), `${name}, ${bytes.toString("hex")}`);
  return true;
}

const shown = (value: unknown): string => inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null, sorted: true });

function mangled(seed: Uint8Array, changes: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.from(seed);
  for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
  return bytes;
}

function msgpackSeed(): Uint8Array {
  const sink = new ByteSink(64);
  msgpackCodec.encode(
    {
      list: [1, -1, 1.5, "text", null, undefined, true],
      map: new Map([["a", 1n]]),
      set: new Set(["x"]),
      at: new Date(5),
      bytes: new Uint8Array(9),
      big: 2n ** 70n,
    },
    sink,
  );
  return new Uint8Array(sink.bytes.subarray(0, sink.position));
}
