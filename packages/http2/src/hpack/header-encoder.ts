import type { PreparedHeaders } from "../connection-listener.js";
import { ENTRY_OVERHEAD_BYTES } from "./dynamic-table.js";
import { INTEGER_BYTES_MAX, writeInteger } from "./integer.js";
import { isSecret, stringBytesMax, writeField, writeString } from "./literal.js";
import { STATIC_ENTRIES, staticFieldIndex, staticNameIndex } from "./static-table.js";

/** The dynamic table we use of what the peer allows. */
const TABLE_BYTES_MAX = 4096;
/** Larger fields stay literals: one of them would take the room of many. */
const ENTRY_BYTES_MAX = 512;
/** Prepared lists that an encoder remembers. Beyond: it forgets all and begins anew. */
const BLOCKS_MAX = 512;

const INDEXED = 0x80;
const INDEXING = 0x40;
const SIZE_UPDATE = 0x20;

/**
 * Writes header blocks of one direction of one connection.
 *
 * A prepared list that comes a second time puts its fields into the dynamic
 * table, and is from then on a few indices: a gRPC request shrinks from some 110
 * octets to 8, which both sides copy, compare and decode less for
 * (bench/http2-core/memory.ts: 0.83 us a call with literals, 0.65 us so, both sides together).
 * The table is filled and never overflows, so that nothing is ever evicted and
 * what was encoded stays valid until the next insertion; when it is full, the
 * rest travels as literals.
 */
export class HeaderEncoder {
  private bytesMax = TABLE_BYTES_MAX;
  private bytes = 0;
  private inserted = 0;
  /** "name\nvalue" to the number of its insertion. */
  private readonly entries = new Map<string, number>();
  /** What each list is encoded as; undefined for one that was seen once. Emptied by each insertion, since indices count from the newest entry. */
  private readonly blocks = new Map<PreparedHeaders, Uint8Array | undefined>();
  private resized = false;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE: the table begins anew with the next block (RFC 7541 §4.2). */
  resize(peerBytesMax: number): void {
    const bytesMax = Math.min(peerBytesMax, TABLE_BYTES_MAX);
    if (bytesMax === this.bytesMax) return;
    this.bytesMax = bytesMax;
    this.bytes = 0;
    this.inserted = 0;
    this.entries.clear();
    this.blocks.clear();
    this.resized = true;
  }

  /** The block of `headers`. It must be sent, and before any later one: the peer's table depends on it. */
  encode(headers: PreparedHeaders): Uint8Array {
    const known = this.blocks.get(headers);
    if (known !== undefined) return known;
    if (this.resized) return this.encodeResized(headers);
    if (!this.blocks.has(headers)) {
      if (this.blocks.size >= BLOCKS_MAX) this.blocks.clear();
      this.blocks.set(headers, undefined);
      return headers.bytes;
    }
    return this.encodeIndexed(headers);
  }

  /** Two updates: to nothing, which evicts everything, and to what holds now. */
  private encodeResized(headers: PreparedHeaders): Uint8Array {
    this.resized = false;
    const block = Buffer.allocUnsafe(headers.bytes.length + 2 * INTEGER_BYTES_MAX);
    let at = writeInteger(block, 0, 0, 5, SIZE_UPDATE);
    at = writeInteger(block, at, this.bytesMax, 5, SIZE_UPDATE);
    block.set(headers.bytes, at);
    return block.subarray(0, at + headers.bytes.length);
  }

  private encodeIndexed(headers: PreparedHeaders): Uint8Array {
    const { fields } = headers;
    const block = Buffer.allocUnsafeSlow(stringBytesMax(fields));
    const insertedBefore = this.inserted;
    let at = 0;
    for (let field = 0; field < fields.length; field += 2) at = this.writeIndexed(block, at, fields[field]!, fields[field + 1]!);
    const bytes = new Uint8Array(block.subarray(0, at));
    // A block that inserts is good once: it would insert again.
    if (this.inserted === insertedBefore) this.blocks.set(headers, bytes);
    return bytes;
  }

  private writeIndexed(block: Buffer, at: number, name: string, value: string): number {
    const key = `${name}\n${value}`;
    const entry = this.entries.get(key);
    if (entry !== undefined) return writeInteger(block, at, STATIC_ENTRIES + this.inserted - entry, 7, INDEXED);
    const size = name.length + value.length + ENTRY_OVERHEAD_BYTES;
    const indexable = !isSecret(name) && staticFieldIndex(name, value) === 0 && size <= ENTRY_BYTES_MAX;
    if (!indexable || this.bytes + size > this.bytesMax) return writeField(block, at, name, value);
    this.bytes += size;
    this.entries.set(key, this.inserted++);
    for (const list of this.blocks.keys()) this.blocks.set(list, undefined);
    const nameIndex = staticNameIndex(name);
    const end = writeInteger(block, at, nameIndex, 6, INDEXING);
    return writeString(block, nameIndex === 0 ? writeString(block, end, name) : end, value);
  }
}
