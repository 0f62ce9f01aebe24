import { type FSWatcher, watch } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

/** Gives `use` an empty folder and removes it afterwards. */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "consulrpc-proto-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path);
}

/** The lines of a text file; none when it cannot be read. */
export async function readLines(path: string): Promise<string[]> {
  try {
    return (await readFile(path, "utf8")).split(/\r?\n/);
  } catch {
    return [];
  }
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

/** The paths of all files in a folder and those in it. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Copies files from one folder to another, where they are not the same already. Gives back the paths of the copies. */
export async function changedFiles(files: readonly string[], from: string, to: string): Promise<string[]> {
  const written: string[] = [];
  for (const file of files) {
    const target = join(to, relative(from, file));
    const content = await readFile(file);
    const before = await readFile(target).catch(() => undefined);
    if (before?.equals(content)) continue;
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    written.push(target);
  }
  return written;
}

/** A program in `folder` that runs a script with this very node, wherever that one lies. */
export async function writeProgram(folder: string, name: string, script: string): Promise<string> {
  const windows = process.platform === "win32";
  const path = join(folder, windows ? `${name}.cmd` : name);
  await writeFile(path, windows ? `@"${process.execPath}" "${script}" %*\r\n` : `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
  if (!windows) await chmod(path, 0o755);
  return path;
}

/** Editors write a file in several steps: changes that come so close together are one. */
const SETTLE_MS = 50;

/** `next` resolves after the next change of a file whose name ends in `ending`, at once when one came meanwhile; false when `signal` aborts. */
export function watchFolders(folders: readonly string[], ending: string, signal: AbortSignal): { next(): Promise<boolean> } {
  let changed = false;
  let wake: (() => void) | undefined;
  const watchers: FSWatcher[] = folders.map((folder) =>
    watch(folder, { recursive: true }, (_event, name) => {
      if (name !== null && !name.endsWith(ending)) return;
      changed = true;
      wake?.();
    }),
  );
  signal.addEventListener("abort", () => {
    for (const watcher of watchers) watcher.close();
    wake?.();
  });
  return {
    async next(): Promise<boolean> {
      while (!changed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      changed = false;
      return !signal.aborted;
    },
  };
}
