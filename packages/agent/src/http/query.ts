/** The parameters of a query string, parsed as Go does: a bad escape or a semicolon makes the whole string an error. */
export class Query {
  static readonly EMPTY: Query = new Query(new Map());

  readonly #values: ReadonlyMap<string, readonly string[]>;

  private constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** @throws SyntaxError when the string cannot be decoded. */
  static parse(text: string): Query {
    if (text === "") return Query.EMPTY;
    const values = new Map<string, string[]>();
    for (const part of text.split("&")) {
      if (part === "") continue;
      if (part.includes(";")) throw new SyntaxError("invalid semicolon separator in query");
      const equals = part.indexOf("=");
      const name = decode(equals < 0 ? part : part.slice(0, equals));
      const value = equals < 0 ? "" : decode(part.slice(equals + 1));
      const known = values.get(name);
      if (known === undefined) values.set(name, [value]);
      else known.push(value);
    }
    return new Query(values);
  }

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The first value; "" when there is none. */
  get(name: string): string {
    return this.#values.get(name)?.[0] ?? "";
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Sorted by name and encoded anew, as Consul shows it in errors. */
  encode(): string {
    const parts: string[] = [];
    for (const name of [...this.#values.keys()].sort()) {
      for (const value of this.#values.get(name)!) parts.push(`${encode(name)}=${encode(value)}`);
    }
    return parts.join("&");
  }
}

function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  return decodePercent(text.replaceAll("+", " "));
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Percent-decoding that, like Go's, accepts any bytes: what is not UTF-8 becomes U+FFFD.
 *
 * @throws SyntaxError at a percent sign without two hexadecimal digits.
 */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw new SyntaxError(`invalid URL escape in ${JSON.stringify(text)}`);
  try {
    return decodeURIComponent(text);
  } catch {
    const bytes = text
      .replace(/[^\0-\x7f]/g, encodeURIComponent)
      .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, "latin1").toString("utf8");
  }
}
