const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits, over a text's UTF-8 bytes (Fowler, Noll, Vo; RFC 9923). */
export function fnv1a32(text: string): number {
  return signedFnv1a(text) >>> 0;
}

/** The same as a signed integer, which V8 keeps out of the heap: an unsigned one costs a pick 16 bytes. Read it with `>>> 0`. */
export function signedFnv1a(text: string): number {
  let hash = FNV_OFFSET | 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) return fnvOfText(hash, text, at);
    hash = Math.imul(hash ^ unit, FNV_PRIME);
  }
  return hash;
}

/** From the first character beyond ASCII on; on its own, so that the loop above stays small. */
function fnvOfText(start: number, text: string, from: number): number {
  let hash = start;
  for (let at = from; at < text.length; at++) {
    const point = text.codePointAt(at) as number;
    if (point > 0xffff) at++;
    // A lone surrogate is sent, and so hashed, as U+FFFD.
    if (point < 0x80) hash = Math.imul(hash ^ point, FNV_PRIME);
    else hash = fnvOfCodePoint(hash, point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
  return hash;
}

/** The two to four bytes of a character beyond ASCII. */
function fnvOfCodePoint(start: number, point: number): number {
  let hash = start;
  if (point < 0x800) {
    hash = Math.imul(hash ^ (0xc0 | (point >> 6)), FNV_PRIME);
  } else {
    if (point < 0x10000) {
      hash = Math.imul(hash ^ (0xe0 | (point >> 12)), FNV_PRIME);
    } else {
      hash = Math.imul(hash ^ (0xf0 | (point >> 18)), FNV_PRIME);
      hash = Math.imul(hash ^ (0x80 | ((point >> 12) & 0x3f)), FNV_PRIME);
    }
    hash = Math.imul(hash ^ (0x80 | ((point >> 6) & 0x3f)), FNV_PRIME);
  }
  return Math.imul(hash ^ (0x80 | (point & 0x3f)), FNV_PRIME);
}

/** MurmurHash3's 32-bit finaliser (Appleby): every input bit reaches every output bit, which FNV's last bytes do not. Signed. */
export function mixed32(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** A hash for places on a ring or in a table, signed likewise: similar keys land far apart. */
export function hash32(text: string): number {
  return mixed32(signedFnv1a(text));
}
