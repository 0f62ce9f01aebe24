import { create, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type fc from "fast-check";

/** Any message of a type, by seed: for property tests. Values lie where encodings change their length. A smaller seed is no simpler message, so nothing is shrunk. */
export function arbitraryMessage(check: typeof fc, desc: DescMessage): fc.Arbitrary<Message> {
  return check.noShrink(check.nat().map((seed) => randomMessage(desc, randomBelow(seed), 3)));
}

/** Marsaglia's xorshift with 32 bits: "Xorshift RNGs", 2003. */
function randomBelow(seed: number): Next {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Next = (below: number) => number;

export function randomMessage(desc: DescMessage, next: Next, depth: number): Message {
  const message = create(desc);
  const target = reflect(desc, message, false);
  for (const field of desc.fields) {
    const required = field.presence === 3;
    if (!required && next(desc.fields.length > 20 ? 6 : 2) !== 0) continue;
    setField(target, field, next, depth);
  }
  if (next(5) === 0) message.$unknown = [{ no: 5_000 + next(1_000), wireType: 0, data: new Uint8Array([0x96, 0x01]) }];
  return message;
}

function setField(target: ReturnType<typeof reflect>, field: DescField, next: Next, depth: number): void {
  const messageValue = (desc: DescMessage): Message => randomMessage(desc, next, depth - 1);
  if (field.message !== undefined && depth === 0) {
    if (field.presence === 3) target.set(field, reflect(field.message, randomMessage(field.message, next, 0)));
    return;
  }
  switch (field.fieldKind) {
    case "scalar":
      target.set(field, scalar(field.scalar, next));
      break;
    case "enum":
      target.set(field, field.enum.values[next(field.enum.values.length)]!.number);
      break;
    case "message":
      target.set(field, reflect(field.message, messageValue(field.message)));
      break;
    case "list": {
      const list = target.get(field);
      for (let count = next(4); count > 0; count--) {
        if (field.listKind === "message") list.add(reflect(field.message, messageValue(field.message)));
        else list.add(field.listKind === "enum" ? field.enum.values[next(field.enum.values.length)]!.number : scalar(field.scalar, next));
      }
      break;
    }
    case "map": {
      const map = target.get(field);
      for (let count = next(4); count > 0; count--) {
        const key = scalar(field.mapKey, next) as string;
        if (field.mapKind === "message") map.set(key, reflect(field.message, messageValue(field.message)));
        else
          map.set(key, field.mapKind === "enum" ? field.enum.values[next(field.enum.values.length)]!.number : scalar(field.scalar, next));
      }
    }
  }
}

const TEXTS = [
  "",
  "a",
  "hello",
  "twelve chars",
  "thirteen char",
  "é",
  "日本語",
  "😀 emoji",
  "__proto__",
  "constructor",
  "x".repeat(40),
  "y".repeat(130),
  "ü".repeat(64),
];
const INTS = [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_456, 2_147_483_647];
const LONGS = [0n, 1n, 127n, 128n, 2n ** 28n, 2n ** 31n, 2n ** 32n, 2n ** 35n - 1n, 2n ** 35n, 2n ** 49n, 2n ** 56n, 2n ** 63n - 1n];
const DOUBLES = [0, -0, 1.5, -1, 1e300, 5e-324, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
const FLOATS = [0, -0, 1.5, -0.25, 3.4028234663852886e38, Number.POSITIVE_INFINITY, Number.NaN];

function scalar(type: ScalarType, next: Next): unknown {
  const one = <T>(list: readonly T[]): T => list[next(list.length)]!;
  switch (type) {
    case ScalarType.STRING:
      return one(TEXTS);
    case ScalarType.BYTES:
      return Uint8Array.from({ length: one([0, 1, 5, 127, 128]) }, () => next(256));
    case ScalarType.BOOL:
      return next(2) === 1;
    case ScalarType.DOUBLE:
      return one(DOUBLES);
    case ScalarType.FLOAT:
      return one(FLOATS);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return next(3) === 0 ? 0xffff_ffff : one(INTS);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return next(2) === 0 ? -one(INTS) - 1 : one(INTS);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return next(3) === 0 ? 2n ** 64n - 1n : one(LONGS);
    default:
      return next(2) === 0 ? -one(LONGS) - 1n : one(LONGS);
  }
}
