/** Strings up to this length are written in JavaScript; longer ones natively (measured by bench/codec.ts). Three bytes a character then still fit a length of one byte. */
export const SHORT_STRING_CHARS = 40;

/** Writes `text` at `p`, where there is room for three bytes a character, and gives back the position behind it; 0 when it has surrogates, which are left to Node. */
export function shortUtf8(b: Buffer, p: number, text: string): number {
  let at = p;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) {
      b[at++] = code;
    } else if (code < 0x800) {
      b[at++] = 0xc0 | (code >> 6);
      b[at++] = 0x80 | (code & 0x3f);
    } else if (code >= 0xd800 && code < 0xe000) {
      return 0;
    } else {
      b[at++] = 0xe0 | (code >> 12);
      b[at++] = 0x80 | ((code >> 6) & 0x3f);
      b[at++] = 0x80 | (code & 0x3f);
    }
  }
  return at;
}
