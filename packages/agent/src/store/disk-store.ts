/**
 * The durable store: a directory of
 *
 *     lock          who uses it
 *     snapshot-N    the state when log N began
 *     log-N         what was appended since, in frames
 *     log-N.torn    what a crash left half written at the end of log N, set aside at the next start
 *
 * One writer at a time goes round this loop; everything that is appended meanwhile shares the next sync:
 *
 *     idle ──append──▶ writing ──▶ syncing ──▶ settled ──▶ [cut for a compaction] ──▶ idle or writing
 */
import { join } from "node:path";
import type { Clock } from "../clock/clock.js";
import { type DirectoryLock, LOCK_TOUCH_MS, lockDirectory } from "./directory-lock.js";
import type { Disk, DiskFile } from "./disk.js";
import { encodeFrame, FRAME_CLOSED, FRAME_END, FRAME_RECORDS, recordsOf } from "./frame.js";
import { FILE_HEADER, readFrames } from "./log-file.js";
import { RECORD_BYTES_MAX, type RecordKind, type Store, StoreError, type StoreErrorCode } from "./store.js";

/** Bytes of slices that are encoded and written between two turns of the loop. */
const SLICE_GROUP_BYTES = 256 * 1024;
/** Bytes of one write; what is appended beyond waits for the next. */
const GROUP_BYTES_MAX = 16 * 1024 * 1024;

interface Waiting {
  readonly frame: (synced: number) => Buffer;
  readonly bytes: number;
  readonly settle: (error?: StoreError) => void;
}

export interface DiskStoreOptions {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  /** Told of what a crash left behind and of what cannot be tidied up; one line each. */
  readonly warn: (line: string) => void;
}

/** Opens the directory, making it when there is none, and locks it. */
export async function openDiskStore(options: DiskStoreOptions): Promise<Store> {
  const { directory, disk } = options;
  try {
    await disk.makeDirectory(directory);
    const lock = await lockDirectory(disk, directory);
    return new DiskStore(options, lock);
  } catch (error) {
    throw storeError(`data directory ${directory} cannot be used`, error);
  }
}

class DiskStore implements Store {
  readonly #directory: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #warn: (line: string) => void;
  readonly #lock: DirectoryLock;

  #file: DiskFile | undefined;
  #sequence = 0;
  /** Up to here the log is on disk and acknowledged. */
  #synced = 0;
  #logBytes = 0;
  #snapshotBytes = 0;
  /** What has to be put right before the next write: bytes that nobody was told of, or a file whose sync failed. */
  #broken: "no" | "tail" | "file" = "no";

  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #cut: { readonly freeze: () => Iterable<Uint8Array>; readonly done: (work: Promise<void>) => void } | undefined;
  #compaction: Promise<void> | undefined;
  #closed = false;
  #stopTouching: () => void = () => {};

  constructor(options: DiskStoreOptions, lock: DirectoryLock) {
    this.#directory = options.directory;
    this.#disk = options.disk;
    this.#clock = options.clock;
    this.#warn = options.warn;
    this.#lock = lock;
    this.#touchNowAndThen();
  }

  get logBytes(): number {
    return this.#logBytes;
  }

  get snapshotBytes(): number {
    return this.#snapshotBytes;
  }

  async load(visit: (kind: RecordKind, record: Uint8Array) => void): Promise<void> {
    try {
      const names = await this.#disk.list(this.#directory);
      const snapshot = newest(names, "snapshot");
      const logs = numbers(names, "log").filter((sequence) => sequence >= (snapshot ?? 0));
      await this.#tidy(names, snapshot ?? 0);
      if (snapshot !== undefined) await this.#loadSnapshot(snapshot, visit);
      const expected = snapshot ?? logs[0] ?? 1;
      for (const [index, sequence] of logs.entries()) {
        if (sequence !== expected + index) throw new StoreError("corrupt", `${this.#path("log", expected + index)} is missing`);
        await this.#loadLog(sequence, index === logs.length - 1, visit);
      }
      if (logs.length === 0) await this.#startLog(expected);
    } catch (error) {
      throw storeError(`data directory ${this.#directory} cannot be read`, error);
    }
  }

  append(records: readonly Uint8Array[]): Promise<void> {
    if (this.#closed) return Promise.reject(new StoreError("closed", "the store is closed"));
    if (this.#file === undefined) return Promise.reject(new RangeError("load() comes before append()"));
    let bytes = 0;
    for (const record of records) {
      if (record.length > RECORD_BYTES_MAX) {
        return Promise.reject(new RangeError(`a record of ${record.length} bytes exceeds ${RECORD_BYTES_MAX}`));
      }
      bytes += record.length;
    }
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({
        frame: (synced) => encodeFrame(FRAME_RECORDS, synced, records),
        bytes,
        settle: (error) => (error === undefined ? resolve() : reject(error)),
      });
      this.#run();
    });
  }

  compact(freeze: () => Iterable<Uint8Array>): Promise<void> {
    if (this.#compaction !== undefined) throw new RangeError("a compaction is under way");
    if (this.#closed || this.#file === undefined) return Promise.reject(new StoreError("closed", "the store is not open"));
    this.#compaction = new Promise<void>((resolve) => {
      this.#cut = { freeze, done: resolve };
      this.#run();
    }).finally(() => {
      this.#compaction = undefined;
    });
    return this.#compaction;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTouching();
    await this.#running;
    await this.#compaction?.catch(() => {});
    try {
      if (this.#file !== undefined && this.#broken === "no") {
        await this.#file.append(encodeFrame(FRAME_CLOSED, this.#synced, []));
        await this.#file.sync();
      }
      await this.#file?.close();
    } catch (error) {
      this.#warn(`${this.#path("log", this.#sequence)} was not closed in order: ${reason(error)}`);
    }
    this.#file = undefined;
    await this.#lock.release();
  }

  #run(): void {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      if (this.#waiting.length > 0 || this.#cut !== undefined) this.#run();
    });
  }

  async #work(): Promise<void> {
    do {
      // A turn of the loop lets whatever arrived with the first append share its sync, and lets what settled be applied.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#cut !== undefined) await this.#cutLog();
      if (this.#waiting.length > 0) await this.#writeGroup();
    } while (this.#waiting.length > 0 || this.#cut !== undefined);
  }

  async #writeGroup(): Promise<void> {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || bytes < GROUP_BYTES_MAX)) bytes += this.#waiting[count++]!.bytes;
    const group = this.#waiting.splice(0, count);
    try {
      await this.#mend();
      const frames = group.map((waiting) => waiting.frame(this.#synced));
      const block = frames.length === 1 ? frames[0]! : Buffer.concat(frames);
      this.#broken = "tail";
      await this.#file!.append(block);
      this.#broken = "file";
      await this.#file!.sync();
      this.#broken = "no";
      this.#synced += block.length;
      this.#logBytes += block.length;
      for (const waiting of group) waiting.settle();
    } catch (error) {
      // Whatever reached the file must not come back: nobody was told that it was kept. When that fails, the next write tries again.
      await this.#mend().catch(() => {});
      const told = storeError(`${this.#path("log", this.#sequence)} cannot be written`, error);
      for (const waiting of group) waiting.settle(told);
    }
  }

  /** After a failed sync the kernel may have dropped pages and forgotten it, so that file gets no more: only what is known stays. */
  async #mend(): Promise<void> {
    if (this.#broken === "no") return;
    await this.#file!.truncate(this.#synced);
    await this.#file!.sync();
    if (this.#broken === "file") await this.#startLog(this.#sequence + 1);
    this.#broken = "no";
  }

  async #cutLog(): Promise<void> {
    const { freeze, done } = this.#cut!;
    this.#cut = undefined;
    try {
      await this.#mend();
      await this.#startLog(this.#sequence + 1);
      this.#logBytes = 0;
      done(this.#writeSnapshot(this.#sequence, freeze()));
    } catch (error) {
      done(Promise.reject(storeError(`data directory ${this.#directory}: no new log can be started`, error)));
    }
  }

  async #writeSnapshot(sequence: number, slices: Iterable<Uint8Array>): Promise<void> {
    const path = this.#path("snapshot", sequence);
    const draft = `${path}.draft`;
    let file: DiskFile | undefined;
    try {
      await this.#disk.remove(draft);
      file = await this.#disk.open(draft, "create");
      await file.append(FILE_HEADER);
      let size = FILE_HEADER.length;
      for (const block of blocksOf(slices)) {
        await file.append(block);
        size += block.length;
      }
      await file.sync();
      await file.close();
      file = undefined;
      await this.#disk.rename(draft, path);
      await this.#disk.syncDirectory(this.#directory);
      this.#snapshotBytes = size;
      await this.#tidy(await this.#disk.list(this.#directory), sequence);
    } catch (error) {
      await file?.close().catch(() => {});
      await this.#disk.remove(draft).catch(() => {});
      throw storeError(`${path} cannot be written`, error);
    }
  }

  async #loadSnapshot(sequence: number, visit: (kind: RecordKind, record: Uint8Array) => void): Promise<void> {
    const path = this.#path("snapshot", sequence);
    const file = await this.#disk.open(path, "read");
    try {
      let isWhole = false;
      const { end } = await readFrames(file, path, true, (frame) => {
        isWhole = frame.kind === FRAME_END;
        for (const record of recordsOf(frame.body)) visit("slice", record);
      });
      if (!isWhole) throw new StoreError("corrupt", `${path} is damaged: its end is missing`);
      this.#snapshotBytes = end;
    } finally {
      await file.close();
    }
  }

  async #loadLog(sequence: number, isLast: boolean, visit: (kind: RecordKind, record: Uint8Array) => void): Promise<void> {
    const path = this.#path("log", sequence);
    const file = await this.#disk.open(path, "append");
    let end = 0;
    let tornBytes = 0;
    try {
      ({ end, tornBytes } = await readFrames(file, path, !isLast, (frame) => {
        if (frame.kind !== FRAME_RECORDS) return;
        for (const record of recordsOf(frame.body)) visit("record", record);
      }));
      if (tornBytes > 0) await this.#setTornAside(file, path, end, tornBytes);
      if (isLast && end < FILE_HEADER.length) {
        await file.truncate(0);
        await file.append(FILE_HEADER);
        await file.sync();
        end = FILE_HEADER.length;
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#logBytes += end;
    if (!isLast) return file.close();
    this.#file = file;
    this.#sequence = sequence;
    this.#synced = end;
  }

  async #setTornAside(file: DiskFile, path: string, end: number, tornBytes: number): Promise<void> {
    const aside = `${path}.torn`;
    await this.#disk.remove(aside);
    const copy = await this.#disk.open(aside, "create");
    await copy.append(await file.read(end, tornBytes));
    await copy.sync();
    await copy.close();
    await file.truncate(end);
    await file.sync();
    this.#warn(`${path}: ${tornBytes} bytes after byte ${end} were half written when the agent stopped; set aside as ${aside}`);
  }

  async #startLog(sequence: number): Promise<void> {
    const path = this.#path("log", sequence);
    const file = await this.#disk.open(path, "create").catch(async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      // Begun by an attempt that failed before anything was acknowledged in it.
      await this.#disk.remove(path);
      return this.#disk.open(path, "create");
    });
    try {
      await file.append(FILE_HEADER);
      await file.sync();
      await this.#disk.syncDirectory(this.#directory);
    } catch (error) {
      await file.close().catch(() => {});
      await this.#disk.remove(path).catch(() => {});
      throw error;
    }
    const previous = this.#file;
    this.#file = file;
    this.#sequence = sequence;
    this.#synced = FILE_HEADER.length;
    await previous?.close().catch((error: unknown) => this.#warn(`an old log was not closed in order: ${reason(error)}`));
  }

  /** Removes what a snapshot made superfluous, and drafts. */
  async #tidy(names: readonly string[], snapshot: number): Promise<void> {
    const old = (kind: "log" | "snapshot") => numbers(names, kind).filter((sequence) => sequence < snapshot);
    const drafts = names.filter((name) => name.endsWith(".draft") || name.startsWith(".draft-") || name.startsWith("lock."));
    const paths = [...old("log").map((n) => this.#path("log", n)), ...old("snapshot").map((n) => this.#path("snapshot", n))];
    for (const path of [...paths, ...drafts.map((name) => join(this.#directory, name))]) await this.#disk.remove(path);
  }

  #touchNowAndThen(): void {
    this.#stopTouching = this.#clock.after(LOCK_TOUCH_MS, () => {
      // A full or read-only disk refuses this too; only agents on other hosts look at the age.
      this.#lock.touch().catch(() => {});
      if (!this.#closed) this.#touchNowAndThen();
    });
  }

  #path(kind: "log" | "snapshot", sequence: number): string {
    return join(this.#directory, `${kind}-${String(sequence).padStart(10, "0")}`);
  }
}

function* blocksOf(slices: Iterable<Uint8Array>): Iterable<Buffer> {
  let group: Uint8Array[] = [];
  let bytes = 0;
  for (const slice of slices) {
    group.push(slice);
    bytes += slice.length;
    if (bytes < SLICE_GROUP_BYTES) continue;
    yield encodeFrame(FRAME_RECORDS, 0, group);
    group = [];
    bytes = 0;
  }
  yield encodeFrame(FRAME_END, 0, group);
}

function numbers(names: readonly string[], kind: string): number[] {
  const found = names.flatMap((name) => {
    const match = /^(log|snapshot)-(\d{10})$/.exec(name);
    return match?.[1] === kind ? [Number(match[2])] : [];
  });
  return found.sort((a, b) => a - b);
}

function newest(names: readonly string[], kind: string): number | undefined {
  return numbers(names, kind).at(-1);
}

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "read-only",
  EACCES: "read-only",
  EPERM: "read-only",
};

const ADVICE: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  full: "there is no space left on the disk; reads go on, writes will be accepted again when there is",
  "read-only": "it is read-only for this user",
};

function storeError(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = CODES[(error as NodeJS.ErrnoException).code ?? ""] ?? "io";
  return new StoreError(code, `${what}: ${ADVICE[code] ?? reason(error)}`, error);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
