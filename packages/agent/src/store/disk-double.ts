/**
 * A disk in memory that forgets whatever was not synced, runs out of space, refuses to write, and damages what it holds. A kill of
 * the process cannot show a missing sync (the kernel keeps the pages); this can.
 */
import { basename, dirname } from "node:path";
import { LOCK_FILE } from "./directory-lock.js";
import type { Disk, DiskFile } from "./disk.js";

interface Content {
  bytes: Buffer;
  /** What survives a loss of power. */
  synced: Buffer;
}

export class DiskDouble implements Disk {
  /** path → content, as the running process sees it and as it would be found after a loss of power. */
  #names = new Map<string, Content>();
  #syncedNames = new Map<string, Content>();
  readonly #directories = new Set<string>();
  /** Bytes that fit. */
  capacity: number = Number.POSITIVE_INFINITY;
  /** Called before each operation; what it throws is what the operation fails with. */
  fault: (operation: keyof Disk | keyof DiskFile, path: string) => void = () => {};
  /** A planted fault, to show that a test would notice: syncs that do nothing. */
  lies: boolean = false;

  /** The disk as found after the power went. Of what was not synced, `random` keeps some prefixes and spoils some bytes. */
  crashed(random: () => number): DiskDouble {
    const found = new DiskDouble();
    for (const [path, content] of this.#syncedNames) {
      // The mark names this process, which lives on in a test.
      if (basename(path) === LOCK_FILE) continue;
      const rest = content.bytes.subarray(content.synced.length);
      const kept = Buffer.from(rest.subarray(0, Math.floor(random() * (rest.length + 1))));
      if (kept.length > 0 && random() < 0.3) kept[Math.floor(random() * kept.length)]! ^= 1 << Math.floor(random() * 8);
      const grown = content.bytes.length >= content.synced.length && random() < 0.7 ? kept : Buffer.alloc(0);
      const bytes = Buffer.concat([content.synced, grown]);
      const copy = { bytes, synced: bytes };
      found.#names.set(path, copy);
      found.#syncedNames.set(path, copy);
    }
    return found;
  }

  /** Changes what is stored: a bit flip, a cut. */
  damage(path: string, change: (bytes: Buffer) => Buffer): void {
    const content = this.#names.get(path)!;
    content.bytes = change(Buffer.from(content.bytes));
    content.synced = content.bytes;
  }

  paths(): readonly string[] {
    return [...this.#names.keys()].sort();
  }

  async makeDirectory(path: string): Promise<void> {
    this.fault("makeDirectory", path);
    this.#directories.add(path);
  }

  async list(path: string): Promise<readonly string[]> {
    this.fault("list", path);
    return this.paths()
      .filter((name) => dirname(name) === path)
      .map((name) => basename(name));
  }

  async open(path: string, mode: "read" | "append" | "create"): Promise<DiskFile> {
    this.fault("open", path);
    const known = this.#names.get(path);
    if (mode === "create") {
      if (known !== undefined) throw failure("EEXIST", path);
      const content = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
      this.#names.set(path, content);
      return this.#file(path, content);
    }
    if (known === undefined) throw failure("ENOENT", path);
    return this.#file(path, known);
  }

  async rename(from: string, to: string): Promise<void> {
    this.fault("rename", from);
    const content = this.#names.get(from);
    if (content === undefined) throw failure("ENOENT", from);
    this.#names.delete(from);
    this.#names.set(to, content);
  }

  async remove(path: string): Promise<void> {
    this.fault("remove", path);
    this.#names.delete(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.fault("syncDirectory", path);
    if (this.lies) return;
    for (const name of [...this.#syncedNames.keys()]) if (dirname(name) === path) this.#syncedNames.delete(name);
    for (const [name, content] of this.#names) if (dirname(name) === path) this.#syncedNames.set(name, content);
  }

  async createWhole(path: string, text: string): Promise<boolean> {
    this.fault("createWhole", path);
    if (this.#names.has(path)) return false;
    const bytes = Buffer.from(text);
    this.#names.set(path, { bytes, synced: bytes });
    return true;
  }

  async readSmall(path: string): Promise<{ readonly text: string; readonly ageMs: number } | undefined> {
    this.fault("readSmall", path);
    const content = this.#names.get(path);
    return content === undefined ? undefined : { text: content.bytes.toString(), ageMs: 0 };
  }

  async touch(path: string): Promise<void> {
    this.fault("touch", path);
  }

  #file(path: string, content: Content): DiskFile {
    return {
      read: async (position, length) => {
        this.fault("read", path);
        return Buffer.from(content.bytes.subarray(position, position + length));
      },
      append: async (bytes) => {
        this.fault("append", path);
        // A full disk takes what still fits, as a real one does.
        const room = Math.max(0, this.capacity - this.#used());
        content.bytes = Buffer.concat([content.bytes, bytes.subarray(0, room)]);
        if (bytes.length > room) throw failure("ENOSPC", path);
      },
      sync: async () => {
        this.fault("sync", path);
        await Promise.resolve();
        if (!this.lies) content.synced = content.bytes;
      },
      truncate: async (size) => {
        this.fault("truncate", path);
        content.bytes = content.bytes.subarray(0, size);
      },
      size: async () => content.bytes.length,
      close: async () => {
        this.fault("close", path);
      },
    };
  }

  #used(): number {
    let used = 0;
    for (const content of this.#names.values()) used += content.bytes.length;
    return used;
  }
}

export function failure(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
