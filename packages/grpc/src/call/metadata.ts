/**
 * gRPC metadata: lower-case names, several values a name in order, text values
 * except for names that end in "-bin", whose values are bytes.
 */
export class Metadata implements Iterable<[string, string | Uint8Array]> {
  private readonly entries: [string, string | Uint8Array][] = [];

  constructor(initial?: Readonly<Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>>) {
    if (initial === undefined) return;
    for (const [name, value] of Object.entries(initial)) {
      if (typeof value === "string" || value instanceof Uint8Array) this.append(name, value);
      else for (const item of value) this.append(name, item);
    }
  }

  /** The first value of `name`. */
  get(name: string): string | Uint8Array | undefined {
    const wanted = name.toLowerCase();
    return this.entries.find(([existing]) => existing === wanted)?.[1];
  }

  getAll(name: string): (string | Uint8Array)[] {
    const wanted = name.toLowerCase();
    return this.entries.filter(([existing]) => existing === wanted).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Replaces every value of `name`. */
  set(name: string, value: string | Uint8Array): this {
    this.delete(name);
    return this.append(name, value);
  }

  append(name: string, value: string | Uint8Array): this {
    this.entries.push([checkedName(name, value), value]);
    return this;
  }

  /** As `append`, for a name and value that came off the wire: lower case already, and not ours to refuse. */
  appendTrusted(name: string, value: string | Uint8Array): void {
    this.entries.push([name, value]);
  }

  delete(name: string): this {
    const wanted = name.toLowerCase();
    for (let at = this.entries.length - 1; at >= 0; at--) {
      if (this.entries[at]?.[0] === wanted) this.entries.splice(at, 1);
    }
    return this;
  }

  clone(): Metadata {
    const copy = new Metadata();
    for (const [name, value] of this.entries) copy.entries.push([name, value]);
    return copy;
  }

  get size(): number {
    return this.entries.length;
  }

  [Symbol.iterator](): Iterator<[string, string | Uint8Array]> {
    return this.entries[Symbol.iterator]();
  }
}

/** Custom-Metadata names (PROTOCOL-HTTP2.md): digits, lower-case letters, "_", "-", ".". */
const NAME = /^[0-9a-z_.-]+$/;
/** ASCII-Value: printable ASCII. */
const TEXT_VALUE = /^[\x20-\x7e]*$/;

function checkedName(name: string, value: string | Uint8Array): string {
  const lower = name.toLowerCase();
  if (!NAME.test(lower)) throw new TypeError(`metadata name ${JSON.stringify(name)} may hold only digits, letters, "_", "-" and "."`);
  if (lower.endsWith("-bin")) {
    if (typeof value === "string") throw new TypeError(`metadata ${lower}: the value of a "-bin" name is a Uint8Array`);
  } else if (typeof value !== "string") {
    throw new TypeError(`metadata ${lower}: bytes need a name that ends in "-bin"`);
  } else if (!TEXT_VALUE.test(value)) {
    throw new TypeError(`metadata ${lower}: text values are printable ASCII; send other text as bytes under "${lower}-bin"`);
  }
  return lower;
}
