import type { HeaderList } from "./header-list.js";

/** Blocks that a connection remembers. Beyond: the slot's older block is forgotten. */
export const CACHED_BLOCKS_MAX = 128;
/** Longer blocks are decoded every time. */
export const CACHED_BLOCK_BYTES_MAX = 512;

/** A block whose list does not depend on the dynamic table is good for any generation. */
export const ANY_GENERATION = -1;

interface Entry {
  readonly bytes: Uint8Array;
  readonly generation: number;
  readonly list: HeaderList;
}

const WAYS = 4;

/**
 * Header blocks by their bytes. Calls of one method repeat their block byte for
 * byte, so most blocks are compared and not decoded, and their strings are not
 * made anew.
 * Only blocks that leave the dynamic table as it is are put in.
 */
export class BlockCache {
  private readonly entries: (Entry | undefined)[] = new Array<Entry | undefined>(CACHED_BLOCKS_MAX).fill(undefined);
  private evicted = 0;
  /** The last two that were found: a server sees one block again and again, a client headers and trailers in turn. */
  private latest: Entry | undefined;
  private latestButOne: Entry | undefined;

  find(bytes: Buffer, start: number, end: number, generation: number): HeaderList | undefined {
    const length = end - start;
    if (length > CACHED_BLOCK_BYTES_MAX) return undefined;
    const { latest, latestButOne } = this;
    if (latest !== undefined && matches(latest, bytes, start, length, generation)) return latest.list;
    if (latestButOne !== undefined && matches(latestButOne, bytes, start, length, generation)) {
      this.latest = latestButOne;
      this.latestButOne = latest;
      return latestButOne.list;
    }
    return this.search(bytes, start, length, generation);
  }

  private search(bytes: Buffer, start: number, length: number, generation: number): HeaderList | undefined {
    const set = hash(bytes, start, length);
    for (let way = 0; way < WAYS; way++) {
      const entry = this.entries[set + way];
      if (entry === undefined) return undefined;
      if (!matches(entry, bytes, start, length, generation)) continue;
      this.latestButOne = this.latest;
      this.latest = entry;
      return entry.list;
    }
    return undefined;
  }

  add(bytes: Buffer, start: number, end: number, generation: number, list: HeaderList): void {
    const length = end - start;
    if (length > CACHED_BLOCK_BYTES_MAX) return;
    const set = hash(bytes, start, length);
    const slot = this.freeWay(set, generation);
    this.entries[set + slot] = { bytes: new Uint8Array(bytes.subarray(start, end)), generation, list };
  }

  /** An empty way, one of a generation gone by, or the ways in turn. */
  private freeWay(set: number, generation: number): number {
    for (let way = 0; way < WAYS; way++) {
      const entry = this.entries[set + way];
      if (entry === undefined || (entry.generation !== generation && entry.generation !== ANY_GENERATION)) return way;
    }
    return this.evicted++ % WAYS;
  }
}

/** The first way of the set. Blocks of a method differ in a few bytes anywhere, so at most 32 spread over the block are read. */
function hash(bytes: Buffer, start: number, length: number): number {
  let value = length;
  const stride = (length >>> 5) + 1;
  for (let at = start + length - 1; at >= start; at -= stride) value = (Math.imul(value, 31) + bytes[at]!) | 0;
  return ((value ^ (value >>> 15)) & (CACHED_BLOCKS_MAX / WAYS - 1)) * WAYS;
}

function matches(entry: Entry, bytes: Buffer, start: number, length: number, generation: number): boolean {
  const cached = entry.bytes;
  if (cached.length !== length || (entry.generation !== generation && entry.generation !== ANY_GENERATION)) return false;
  // From the end: what differs between calls (paths, dynamic indices) seldom stands first.
  for (let at = length - 1; at >= 0; at--) {
    if (cached[at] !== bytes[start + at]) return false;
  }
  return true;
}
