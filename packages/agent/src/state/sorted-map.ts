/** Keys per chunk before it is split: inserting moves at most this many references. */
const CHUNK_KEYS_MAX = 512;

/** A chunk below this is merged into its left neighbour when the two fit. */
const CHUNK_KEYS_MIN = 64;

/**
 * A map that also knows the order of its keys: a Map for single keys, sorted chunks of keys for prefixes.
 *
 * Overwriting a value touches only the Map. Order is that of UTF-8 bytes (Consul's), which differs from JavaScript's own for
 * characters outside the basic plane.
 */
export class SortedMap<V> {
  readonly #values = new Map<string, V>();
  readonly #chunks: string[][] = [];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  set(key: string, value: V): void {
    if (!this.#values.has(key)) this.#insert(key);
    this.#values.set(key, value);
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false;
    const at = this.#chunkFor(key);
    const chunk = this.#chunks[at]!;
    chunk.splice(lowerBound(chunk, key), 1);
    if (chunk.length < CHUNK_KEYS_MIN) this.#shrink(at);
    return true;
  }

  clear(): void {
    this.#values.clear();
    this.#chunks.length = 0;
  }

  /** The values whose keys begin with `prefix`, in key order; all of them for "". */
  values(prefix = ""): V[] {
    const found: V[] = [];
    for (const key of this.keys(prefix)) found.push(this.#values.get(key)!);
    return found;
  }

  /** The first value whose key begins with `prefix`. */
  first(prefix: string): V | undefined {
    for (const key of this.keys(prefix)) return this.#values.get(key);
    return undefined;
  }

  /** The keys that begin with `prefix`, in order. The map must not change while this runs. */
  *keys(prefix = ""): Generator<string> {
    if (this.#chunks.length === 0) return;
    let at = this.#chunkFor(prefix);
    let chunk = this.#chunks[at]!;
    let index = lowerBound(chunk, prefix);
    for (;;) {
      if (index === chunk.length) {
        at++;
        if (at === this.#chunks.length) return;
        chunk = this.#chunks[at]!;
        index = 0;
      }
      const key = chunk[index++]!;
      if (!key.startsWith(prefix)) return;
      yield key;
    }
  }

  #insert(key: string): void {
    if (this.#chunks.length === 0) {
      this.#chunks.push([key]);
      return;
    }
    const at = this.#chunkFor(key);
    const chunk = this.#chunks[at]!;
    if (chunk.length > 0 && isBefore(chunk[chunk.length - 1]!, key)) chunk.push(key);
    else chunk.splice(lowerBound(chunk, key), 0, key);
    if (chunk.length <= CHUNK_KEYS_MAX) return;
    this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK_KEYS_MAX / 2));
  }

  #shrink(at: number): void {
    const chunk = this.#chunks[at]!;
    if (chunk.length === 0) {
      this.#chunks.splice(at, 1);
      return;
    }
    const left = this.#chunks[at - 1];
    if (left === undefined || left.length + chunk.length > CHUNK_KEYS_MAX) return;
    left.push(...chunk);
    this.#chunks.splice(at, 1);
  }

  /** Index of the last chunk whose first key is not after `key`, or 0. */
  #chunkFor(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (isBefore(key, this.#chunks[middle]![0]!)) high = middle - 1;
      else low = middle;
    }
    return low;
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(keys[middle]!, key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Order of UTF-8 bytes. The two orders differ only where a surrogate meets a code unit from U+E000 on. */
export function isBefore(a: string, b: string): boolean {
  if (!OUTSIDE_BASIC_PLANE.test(a) && !OUTSIDE_BASIC_PLANE.test(b)) return a < b;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return byteRank(x) < byteRank(y);
  }
  return a.length < b.length;
}

const OUTSIDE_BASIC_PLANE = /[\ud800-\udfff]/;

function byteRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
