import { readFileSync, type Stats, unwatchFile, watchFile } from "node:fs";

/** The contents of the files that have a path. */
export function readFiles<K extends string>(paths: Readonly<Record<K, string | undefined>>): Partial<Record<K, Buffer>> {
  const contents: Partial<Record<K, Buffer>> = {};
  for (const [name, path] of Object.entries(paths) as [K, string | undefined][]) {
    if (path !== undefined) contents[name] = readFileSync(path);
  }
  return contents;
}

/** Calls `onChange` when one of the files has another time, size or inode; the result stops that. By polling: renames and mounted secrets escape the system's notifications. */
export function watchFiles(paths: readonly string[], intervalMs: number, onChange: () => void): () => void {
  const listener = (now: Stats, before: Stats): void => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size || now.ino !== before.ino) onChange();
  };
  for (const path of paths) watchFile(path, { interval: intervalMs, persistent: false }, listener);
  return () => {
    for (const path of paths) unwatchFile(path, listener);
  };
}
