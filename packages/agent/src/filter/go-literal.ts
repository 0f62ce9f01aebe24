/** Go's literals, as far as filters and configuration show them (https://go.dev/ref/spec#Lexical_elements). */

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** What strconv.Unquote makes of a quoted string; undefined where it says "invalid syntax". */
export function unquote(quoted: string): string | undefined {
  const body = quoted.slice(1, -1);
  if (quoted.startsWith("`")) return body.replaceAll("\r", "");
  if (body.includes("\n")) return undefined;
  const bytes: Buffer[] = [];
  const piece = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([abfnrtv\\"]))|([^\\]+)/y;
  while (piece.lastIndex < body.length) {
    const found = piece.exec(body);
    if (found === null) return undefined;
    const [, hex, short, long, octal, simple, plain] = found;
    const byte = hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : undefined;
    const rune = short ?? long;
    if (byte !== undefined) {
      if (byte > 255) return undefined;
      bytes.push(Buffer.of(byte));
    } else if (rune !== undefined) {
      const codePoint = Number.parseInt(rune, 16);
      if (codePoint > 0x10_ffff || (codePoint >= 0xd800 && codePoint < 0xe000)) return undefined;
      bytes.push(Buffer.from(String.fromCodePoint(codePoint)));
    } else bytes.push(Buffer.from(simple === undefined ? (plain ?? "") : SIMPLE[simple]!));
  }
  return Buffer.concat(bytes).toString();
}

/** strconv.ParseInt with base 0; the error is its text. */
export function parseGoInteger(text: string): { readonly value: bigint } | { readonly error: string } {
  const invalid = { error: `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax` };
  const found = /^([+-]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|0|[1-9][0-9_]*)$/.exec(text);
  if (found === null) return invalid;
  const [, sign, digits = ""] = found;
  if (!/^0?[xXbBoO]?(_?[0-9a-fA-F])+$/.test(digits)) return invalid;
  const plain = digits.replaceAll("_", "");
  const value = BigInt(/^0[0-7]/.test(plain) ? `0o${plain.slice(1)}` : plain) * (sign === "-" ? -1n : 1n);
  if (BigInt.asIntN(64, value) !== value) return { error: `strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range` };
  return { value };
}

/** strconv.ParseBool. */
export function parseGoBoolean(text: string): { readonly value: boolean } | { readonly error: string } {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return { value: true };
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return { value: false };
  return { error: `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax` };
}
