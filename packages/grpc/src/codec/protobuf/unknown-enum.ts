import type { UnknownField } from "./reader.js";

/** A value that a closed enum does not have, as the unknown field it is kept as. Negative ones take ten bytes, as any int32. */
export function unknownEnum(no: number, value: number): UnknownField {
  const data: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) data.push(Number(rest & 0x7fn) | 0x80);
  data.push(Number(rest));
  return { no, wireType: 0, data: new Uint8Array(data) };
}
