import { ANY_GENERATION, BlockCache } from "./block-cache.js";
import { DynamicTable, ENTRY_OVERHEAD_BYTES } from "./dynamic-table.js";
import { HeaderList } from "./header-list.js";
import { decodeHuffman } from "./huffman.js";
import { INTEGER_MAX } from "./integer.js";
import { STATIC_ENTRIES, staticNames, staticValues } from "./static-table.js";

/** SETTINGS_HEADER_TABLE_SIZE before anybody says otherwise (RFC 9113 §6.5.2). */
export const TABLE_BYTES_INITIAL = 4096;

const NOTHING: Buffer = Buffer.alloc(0);

/** Reads header blocks of one direction of one connection (RFC 7541 §3). */
export class HeaderDecoder {
  readonly table: DynamicTable = new DynamicTable(TABLE_BYTES_INITIAL);
  private readonly listBytesMax: number;
  private readonly fieldsMax: number;
  /** The largest table that the peer's encoder may choose. */
  private tableBytesMax = TABLE_BYTES_INITIAL;
  private cache: BlockCache | undefined;

  private bytes: Buffer = NOTHING;
  private position = 0;
  private end = 0;
  private usesTable = false;
  /** Set where a block is no HPACK; everything read after it is void. */
  private broken = false;

  constructor(listBytesMax: number, fieldsMax: number) {
    this.listBytesMax = listBytesMax;
    this.fieldsMax = fieldsMax;
  }

  /** The peer acknowledged our SETTINGS_HEADER_TABLE_SIZE: a larger table must now shrink (RFC 7541 §4.2). */
  limitTable(bytesMax: number): void {
    this.tableBytesMax = bytesMax;
  }

  /** The list of a whole block, or undefined: COMPRESSION_ERROR, after which the connection is of no use. */
  decode(bytes: Buffer, start: number, end: number): HeaderList | undefined {
    const generation = this.table.generation;
    const known = this.cache?.find(bytes, start, end, generation);
    if (known !== undefined) return known;
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.usesTable = false;
    this.broken = false;
    const list = new HeaderList();
    this.readSizeUpdates();
    while (this.position < end && !this.broken) this.readField(list);
    // Not kept: it is the transport's.
    this.bytes = NOTHING;
    if (this.broken) return undefined;
    if (list.tooLarge) list.fields.length = 0;
    else if (this.table.generation === generation && end > start) {
      this.cache ??= new BlockCache();
      this.cache.add(bytes, start, end, this.usesTable ? generation : ANY_GENERATION, list);
    }
    return list;
  }

  /** Size updates stand at the front of a block only (RFC 7541 §4.2). */
  private readSizeUpdates(): void {
    while (this.position < this.end && (this.bytes[this.position]! & 0xe0) === 0x20) {
      const size = this.readInteger(5);
      if (size > this.tableBytesMax) this.broken = true;
      if (this.broken) return;
      this.table.resize(size);
    }
    if (this.table.bytesMax > this.tableBytesMax) this.broken = true;
  }

  private readField(list: HeaderList): void {
    const first = this.bytes[this.position]!;
    if (first >= 0x80) this.readIndexed(list);
    else if (first >= 0x40) this.readLiteral(list, 6, true);
    else if (first < 0x20) this.readLiteral(list, 4, false);
    else this.broken = true;
  }

  private readIndexed(list: HeaderList): void {
    const index = this.readInteger(7);
    if (!this.checkIndex(index)) return;
    this.append(list, this.nameAt(index), index <= STATIC_ENTRIES ? staticValues[index]! : this.table.value(index - STATIC_ENTRIES - 1));
  }

  /** With incremental indexing, without, or never indexed (RFC 7541 §6.2): the last two read alike. */
  private readLiteral(list: HeaderList, prefixBits: number, indexed: boolean): void {
    const index = this.readInteger(prefixBits);
    if (index !== 0 && !this.checkIndex(index)) return;
    const name = index === 0 ? this.readString() : this.nameAt(index);
    const value = this.readString();
    if (this.broken) return;
    if (indexed) this.table.insert(name, value);
    this.append(list, name, value);
  }

  private checkIndex(index: number): boolean {
    if (this.broken || index === 0 || index > STATIC_ENTRIES + this.table.length) this.broken = true;
    return !this.broken;
  }

  private nameAt(index: number): string {
    if (index <= STATIC_ENTRIES) return staticNames[index]!;
    this.usesTable = true;
    return this.table.name(index - STATIC_ENTRIES - 1);
  }

  /** Counts before it keeps: past a limit the rest of the block only feeds the dynamic table. */
  private append(list: HeaderList, name: string, value: string): void {
    list.sizeBytes += name.length + value.length + ENTRY_OVERHEAD_BYTES;
    if (list.sizeBytes > this.listBytesMax || list.fields.length >= this.fieldsMax * 2) list.tooLarge = true;
    else list.fields.push(name, value);
  }

  private readInteger(prefixBits: number): number {
    const most = (1 << prefixBits) - 1;
    let value = this.bytes[this.position++]! & most;
    if (value < most) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.position >= this.end) break;
      const byte = this.bytes[this.position++]!;
      value += (byte & 127) << shift;
      if (byte < 128) {
        if (value > INTEGER_MAX) break;
        return value;
      }
    }
    this.broken = true;
    return 0;
  }

  private readString(): string {
    if (this.broken || this.position >= this.end) {
      this.broken = true;
      return "";
    }
    const huffman = this.bytes[this.position]! >= 0x80;
    const length = this.readInteger(7);
    const start = this.position;
    if (this.broken || length > this.end - start) {
      this.broken = true;
      return "";
    }
    this.position = start + length;
    if (!huffman) return this.bytes.toString("latin1", start, this.position);
    const text = decodeHuffman(this.bytes, start, this.position);
    if (text === undefined) this.broken = true;
    return text ?? "";
  }
}
