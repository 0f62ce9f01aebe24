/** ASCII texts up to this length are put together from their character codes. */
const SHORT_TEXT_BYTES = 8;

/**
 * ASCII texts up to the second length are cut out of a window: some hundred bytes of
 * the message made a string in one native call, which costs as much as one text
 * would (order decode: 590 -> 510 ns). V8 keeps the window for as long as a text of
 * more than twelve characters that was cut out of it; that is what bounds its size.
 */
const WINDOW_BYTES = 512;
const WINDOW_TEXT_BYTES_MAX = 128;
/** A window is worth its making when so many bytes of the message follow the text. */
const WINDOW_WORTH_BYTES = 16;

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Node's own slices into strings: what Buffer.toString ends in, without its argument handling. */
type NativeSlice = Buffer & { utf8Slice(start: number, end: number): string; latin1Slice(start: number, end: number): string };

/** Texts out of one message after the other. `begin` says that a new message ends at `end`. */
export class TextReader {
  private end = 0;
  private window = "";
  private windowStart = 0;
  private windowEnd = 0;

  begin(end: number): void {
    this.end = end;
    this.windowEnd = 0;
  }

  /** The text in `b[p, e)`; bad UTF-8 is replaced. */
  loose(b: Buffer, p: number, e: number): string {
    return this.ascii(b, p, e) ?? (b as NativeSlice).utf8Slice(p, e);
  }

  /** The text in `b[p, e)`; undefined when it is no valid UTF-8. */
  strict(b: Buffer, p: number, e: number): string | undefined {
    const ascii = this.ascii(b, p, e);
    if (ascii !== undefined) return ascii;
    const text = (b as NativeSlice).utf8Slice(p, e);
    // Bad bytes become U+FFFD; so does U+FFFD itself, which is rare enough to look twice.
    return text.includes("\ufffd") && !isUtf8(b.subarray(p, e)) ? undefined : text;
  }

  /** The text in `b[p, e)` if it is ASCII and not long. */
  private ascii(b: Buffer, p: number, e: number): string | undefined {
    const length = e - p;
    if (length > WINDOW_TEXT_BYTES_MAX) return undefined;
    let all = 0;
    for (let at = p; at < e; at++) all |= b[at]!;
    if (all > 0x7f) return undefined;
    if (length <= SHORT_TEXT_BYTES) return shortText(b, p, length);
    if (p < this.windowStart || e > this.windowEnd) {
      if (e + WINDOW_WORTH_BYTES > this.end) return (b as NativeSlice).latin1Slice(p, e);
      this.windowStart = p;
      this.windowEnd = Math.min(p + WINDOW_BYTES, this.end);
      this.window = (b as NativeSlice).latin1Slice(p, this.windowEnd);
    }
    return this.window.substring(p - this.windowStart, e - this.windowStart);
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const { fromCharCode } = String;

/** ASCII text of up to eight characters, in one call: pieces would have to be joined. */
function shortText(b: Buffer, p: number, length: number): string {
  switch (length) {
    case 0:
      return "";
    case 1:
      return fromCharCode(b[p]!);
    case 2:
      return fromCharCode(b[p]!, b[p + 1]!);
    case 3:
      return fromCharCode(b[p]!, b[p + 1]!, b[p + 2]!);
    case 4:
      return fromCharCode(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!);
    case 5:
      return fromCharCode(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!);
    case 6:
      return fromCharCode(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!);
    case 7:
      return fromCharCode(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!);
    default:
      return fromCharCode(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!);
  }
}
