/** RFC 7541 §5.1. Nothing in HPACK needs more: sizes and indices stay under 2^28. */
export const INTEGER_MAX: number = 2 ** 28 - 1;
/** Octets that an integer may take, first one included. */
export const INTEGER_BYTES_MAX = 5;

/** Writes `value` with the pattern `mark` above a prefix of `prefixBits`; returns where it ends. */
export function writeInteger(bytes: Buffer, at: number, value: number, prefixBits: number, mark: number): number {
  const most = (1 << prefixBits) - 1;
  if (value < most) {
    bytes[at] = mark | value;
    return at + 1;
  }
  bytes[at++] = mark | most;
  let rest = value - most;
  while (rest >= 128) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
