import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type LastGood, parseSaved, SAVED_BYTES_MAX, savedText } from "./last-good.js";

/** `$XDG_CACHE_HOME/consulrpc/discovery`, by default under the home directory. */
export function cacheDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment.CONSULRPC_CACHE_DIR || environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "consulrpc", "discovery");
}

/** One file a target, written whole or not at all. A disk that cannot be used costs nothing but the memory of it. */
export function diskLastGood(directory: string): LastGood {
  const fileOf = (key: string): string => join(directory, `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.json`);
  return {
    async load(key) {
      try {
        if ((await stat(fileOf(key))).size > SAVED_BYTES_MAX) return undefined;
        return parseSaved(await readFile(fileOf(key), "utf8"), Date.now());
      } catch {
        // nothing kept
        return undefined;
      }
    },
    async save(key, list) {
      const text = savedText(list);
      if (text.length > SAVED_BYTES_MAX) return;
      const temporary = `${fileOf(key)}.${process.pid}.${randomBytes(4).toString("hex")}`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFile(temporary, text, { mode: 0o600 });
        await rename(temporary, fileOf(key));
      } catch {
        // read-only or full: the list stays in memory
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },
  };
}
