/** Longest key that is remembered, in bytes. */
const KEY_BYTES_MAX = 32;
/** Keys remembered at a time; a further one takes the place of the one in its slot. A power of two. */
const KEYS_MAX = 2048;

const slots: string[] = new Array<string>(KEYS_MAX).fill("");
/** The mark of the key that was last asked for in each slot and not found. */
const missed: Int32Array = new Int32Array(KEYS_MAX);

/**
 * The ASCII text in `b[p, e)` as a string that was made before, where it was: the
 * keys of maps and objects come again and again. Such a string is one that the
 * engine has as a property name already, so that using it as one costs no look-up.
 * Undefined: read it as any text. That is so for what is no ASCII or too long, and
 * for a key that has come once only: millions of different keys must not each pay.
 */
export function cachedKey(b: Buffer, p: number, e: number): string | undefined {
  const length = e - p;
  if (length > KEY_BYTES_MAX || length === 0) return undefined;
  const mixed = Math.imul(b[p]! | (b[p + (length >> 1)]! << 8) | (b[e - 1]! << 16) | (length << 24), 0x9e3779b1);
  const slot = (mixed >>> 16) & (KEYS_MAX - 1);
  const known = slots[slot]!;
  if (known.length === length) {
    let at = 0;
    while (at < length && known.charCodeAt(at) === b[p + at]) at++;
    if (at === length) return known;
  }
  if (missed[slot] !== mixed) {
    missed[slot] = mixed;
    return undefined;
  }
  for (let at = p; at < e; at++) if (b[at]! > 0x7f) return undefined;
  const name = Object.keys({ [b.toString("latin1", p, e)]: 0 })[0]!;
  slots[slot] = name;
  return name;
}
