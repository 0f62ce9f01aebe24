/**
 * grpc-message (PROTOCOL-HTTP2.md, "Percent-Encoded"): UTF-8, with everything
 * outside 0x20-0x7E, and "%" itself, written as %XX.
 */
const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;

export function percentEncode(text: string): string {
  if (PLAIN.test(text)) return text;
  let encoded = "";
  // Buffer writes lone surrogates as U+FFFD, so the result is always valid UTF-8.
  for (const byte of Buffer.from(text, "utf8")) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** Never fails: what is not a valid escape stands for itself, bytes that are no UTF-8 become U+FFFD. */
export function percentDecode(text: string): string {
  if (!text.includes("%") && PLAIN.test(text)) return text;
  const raw = Buffer.from(text, "latin1");
  let length = 0;
  for (let at = 0; at < raw.length; at++) {
    const value = raw[at] === 0x25 ? hexPair(raw, at + 1) : -1;
    if (value >= 0) at += 2;
    raw[length++] = value >= 0 ? value : (raw[at] as number);
  }
  return raw.toString("utf8", 0, length);
}

function hexPair(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) return -1;
  const high = hexDigit(bytes[at] as number);
  const low = hexDigit(bytes[at + 1] as number);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const letter = character | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
