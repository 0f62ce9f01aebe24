/** The part of a file system that the store uses. The only other implementation is DiskDouble, which can lose and break things. */
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface Disk {
  makeDirectory(path: string): Promise<void>;
  /** Names in the directory. */
  list(path: string): Promise<readonly string[]>;
  open(path: string, mode: "read" | "append" | "create"): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in the directory last. */
  syncDirectory(path: string): Promise<void>;
  /** Makes a small file, whole or not at all. False when there is one already. */
  createWhole(path: string, text: string): Promise<boolean>;
  /** A small file's text and age; undefined when there is none. */
  readSmall(path: string): Promise<{ readonly text: string; readonly ageMs: number } | undefined>;
  /** Makes a file look just written. */
  touch(path: string): Promise<void>;
}

export interface DiskFile {
  /** The bytes at `position`; fewer than asked for only at the end of the file. */
  read(position: number, length: number): Promise<Buffer>;
  append(bytes: Uint8Array): Promise<void>;
  /** Settles when everything appended survives a loss of power. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export const disk: Disk = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  list: (path) => readdir(path),
  async open(path, mode) {
    const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_RDWR } = constants;
    const flags = { read: O_RDONLY, append: O_RDWR | O_APPEND, create: O_WRONLY | O_APPEND | O_CREAT | O_EXCL }[mode];
    return new OpenFile(await open(path, flags, 0o600));
  },
  rename,
  async remove(path) {
    await rm(path, { force: true });
  },
  async syncDirectory(path) {
    // Windows cannot open a directory and does not need it.
    if (process.platform === "win32") return;
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  async createWhole(path, text) {
    const draft = join(dirname(path), `.draft-${process.pid}-${crypto.randomUUID()}`);
    await writeFile(draft, text, { mode: 0o600 });
    try {
      await link(draft, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      await unlink(draft);
    }
  },
  async readSmall(path) {
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
      return { text, ageMs: Date.now() - mtimeMs };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  },
  async touch(path) {
    const now = new Date();
    await utimes(path, now, now);
  },
};

class OpenFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(buffer, filled, length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written);
      written += bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
