import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { create, createFileRegistry, type DescMessage, equals, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type Codec, msgpackCodec, protobufCodec } from "@consulrpc/grpc";
import { loadProto } from "@consulrpc/grpc/proto";
import { ByteSink } from "@consulrpc/http2";
import { type StaticType, staticTypes } from "./codec/protobufjs.js";
import { values } from "./codec/values.js";
import type { BenchCase, Contestant } from "./harness/case.js";

const PROTO = fileURLToPath(new URL("../codec/messages.proto", import.meta.url));
/** Short, because nothing but the processor takes part; eight cases stay within a quick run. */
const ROUND_MS = 200;
/** Operations between two looks at the clock. */
const BATCH = 64;

/** How fast messages become bytes and back, in one thread. Encoding is into a reused sink for us, and with each peer's fastest code for it. */
export async function cases(): Promise<readonly BenchCase[]> {
  const registry = await loadProto(PROTO);
  const statics = await staticTypes(PROTO);
  const message = (name: keyof typeof values): Subject => new Subject(registry.getMessage(`bench.${name}`)!, values[name], statics[name]!);
  const strict = { protobufjs: 1.5, "protobuf-es": 4 };
  const loose = { protobufjs: 1.3, "protobuf-es": 3 };
  return [
    message("Hello").encode("hello encode", strict),
    message("Hello").decode("hello decode", loose),
    message("Order").encode("order encode", strict),
    message("Order").decode("order decode", loose),
    message("Nested").encode("nested encode", strict),
    message("Nested").decode("nested decode", loose),
    message("Bytes").encode("bytes encode", { protobufjs: 1 }),
    message("Bytes").decode("bytes decode", { protobufjs: 1 }),
    classOrder(),
    await firstUse(),
  ];
}

class Subject {
  private readonly message: Message;
  private readonly bytes: Buffer;
  private readonly codec: Codec<Message>;
  private readonly desc: DescMessage;
  private readonly statics: StaticType;

  constructor(desc: DescMessage, init: object, statics: StaticType) {
    this.desc = desc;
    this.statics = statics;
    this.codec = protobufCodec(desc);
    this.bytes = Buffer.from(toBinary(desc, create(desc, init as Message)));
    // Through bytes once, so that everybody encodes texts that came from somewhere, none that V8 still holds in pieces.
    this.message = fromBinary(desc, this.bytes);
  }

  encode(name: string, bars: Readonly<Record<string, number>>): BenchCase {
    const { desc, message, codec, statics } = this;
    const sink = new ByteSink();
    const ours = (): Uint8Array => {
      sink.position = 0;
      codec.encode(message, sink);
      return sink.bytes.subarray(0, sink.position);
    };
    const theirs = statics.decode(this.bytes);
    return this.compared(name, bars, {
      ours: [
        // The bytes of the largest message are copied out, so that both sides end with bytes of their own.
        desc.name === "Bytes"
          ? () => new Uint8Array(ours())
          : () => {
              sink.position = 0;
              codec.encode(message, sink);
            },
        () => equals(desc, fromBinary(desc, ours()), message),
      ],
      protobufjs: [() => statics.encode(theirs).finish(), () => equals(desc, fromBinary(desc, statics.encode(theirs).finish()), message)],
      "protobuf-es": [() => toBinary(desc, message), () => true],
      json: [() => JSON.stringify(message, plain), () => JSON.stringify(message, plain).length > 0],
    });
  }

  decode(name: string, bars: Readonly<Record<string, number>>): BenchCase {
    const { desc, message, codec, statics, bytes } = this;
    const text = JSON.stringify(message, plain);
    const owning = desc.name === "Bytes";
    return this.compared(name, bars, {
      ours: [() => codec.decode(bytes, 0, bytes.length), () => equals(desc, codec.decode(bytes, 0, bytes.length), message)],
      protobufjs: [
        owning ? () => ownBytes(statics.decode(bytes)) : () => statics.decode(bytes),
        () => Buffer.from(statics.encode(statics.decode(bytes)).finish()).equals(bytes),
      ],
      "protobuf-es": [owning ? () => ownBytes(fromBinary(desc, bytes)) : () => fromBinary(desc, bytes), () => true],
      json: [() => JSON.parse(text), () => true],
    });
  }

  private compared(
    name: string,
    bars: Readonly<Record<string, number>>,
    sides: Readonly<Record<string, readonly [() => unknown, () => boolean]>>,
  ): BenchCase {
    return {
      name,
      unit: "messages/s",
      better: "higher",
      quick: true,
      roundMs: ROUND_MS,
      rounds: 5,
      bars,
      contestants: Object.fromEntries(
        Object.entries(sides).map(([who, [work, check]]) => [who, () => contestant(`${name}, ${who}`, work, check)]),
      ),
    };
  }
}

/** protobufjs and protobuf-es leave bytes in the buffer they came in; what outlives it has to be copied. */
function ownBytes(message: object): object {
  const holder = message as { data: Uint8Array };
  holder.data = new Uint8Array(holder.data);
  return message;
}

/** JSON knows neither bigint nor bytes: what people write for them. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

function contestant(name: string, work: () => unknown, check: () => boolean): Contestant {
  return {
    round(durationMs) {
      if (!check()) throw new Error(`${name}: the result is wrong`);
      return perSecond(work, durationMs);
    },
  };
}

function perSecond(work: () => unknown, durationMs: number): number {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < BATCH; i++) work();
    count += BATCH;
    elapsed = performance.now() - start;
  } while (elapsed < durationMs);
  return (count / elapsed) * 1_000;
}

/** The order as the argument of a class method: there and back. */
function classOrder(): BenchCase {
  const order = { ...values.Order, createdMs: 1_732_190_000_004 };
  const sink = new ByteSink();
  const roundTrip = (): unknown => {
    sink.position = 0;
    msgpackCodec.encode(order, sink);
    return msgpackCodec.decode(sink.bytes, 0, sink.position);
  };
  const text = JSON.stringify(order);
  return {
    name: "class order msgpack, encode and decode",
    unit: "messages/s",
    better: "higher",
    quick: true,
    roundMs: ROUND_MS,
    bars: { json: 1.5 },
    contestants: {
      ours: () => contestant("class order", roundTrip, () => JSON.stringify(roundTrip()) === text),
      json: () =>
        contestant(
          "json order",
          () => JSON.parse(JSON.stringify(order)),
          () => true,
        ),
    },
  };
}

/** Types compiled in one round. */
const FRESH_TYPES = 50;

/** From a descriptor that was never used to the first message there and back. Reading the .proto is not counted, for either side. */
async function firstUse(): Promise<BenchCase> {
  const files = (await loadProto(PROTO)).files;
  const set = create(FileDescriptorSetSchema, { file: [...files].map(({ proto }) => proto) });
  const require = createRequire(import.meta.url);
  const { parse } = require("protobufjs") as { parse(source: string): { root: { lookupType(name: string): StaticType } } };
  const source = await readFile(PROTO, "utf8");
  const timed = <T>(fresh: () => T, use: (subject: T) => void): Contestant => ({
    round() {
      const subjects = Array.from({ length: FRESH_TYPES }, fresh);
      const start = performance.now();
      for (const subject of subjects) use(subject);
      return (FRESH_TYPES / (performance.now() - start)) * 1_000;
    },
  });
  return {
    name: "order first use",
    unit: "types/s",
    better: "higher",
    quick: true,
    bars: { protobufjs: 1 },
    contestants: {
      ours: () =>
        timed(
          () => createFileRegistry(set).getMessage("bench.Order")!,
          (desc) => {
            const codec = protobufCodec(desc);
            const sink = new ByteSink(1024);
            codec.encode(values.Order as Message, sink);
            codec.decode(sink.bytes, 0, sink.position);
          },
        ),
      protobufjs: () =>
        timed(
          () => parse(source).root.lookupType("bench.Order"),
          (type) => type.decode(type.encode({ ...values.Order, createdMs: 1_732_190_000_004 }).finish()),
        ),
    },
  };
}
