/**
 * One agent per directory. The mark is a small file that names its owner; it outlives a crash, so whoever finds one looks whether
 * the owner still runs:
 *
 *     none ──create──▶ ours ──release──▶ none
 *       ▲                                  │
 *       └──set aside◀── theirs, not running┘
 *
 * Owners on another host (containers that share a volume) cannot be asked; they touch their mark while they live.
 */
import { join } from "node:path";
import type { Disk } from "./disk.js";
import { isRunning, ownMark, type ProcessMark } from "./process.js";
import { StoreError } from "./store.js";

export const LOCK_FILE = "lock";
/** How often an owner touches its mark. */
export const LOCK_TOUCH_MS = 5_000;
/** A mark of another host that nobody touched for so long has no owner. */
export const LOCK_FOREIGN_AGE_MS_MAX = 20_000;
/** Rounds of setting a dead owner's mark aside, when several agents start at once. */
const ATTEMPTS_MAX = 5;

export interface DirectoryLock {
  touch(): Promise<void>;
  release(): Promise<void>;
}

/** @throws StoreError "locked" naming the owner */
export async function lockDirectory(disk: Disk, directory: string): Promise<DirectoryLock> {
  const path = join(directory, LOCK_FILE);
  const text = JSON.stringify({ ...ownMark(), nonce: crypto.randomUUID() });
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (await disk.createWhole(path, text)) return heldLock(disk, path, text);
    const found = await disk.readSmall(path);
    if (found === undefined) continue;
    const owner = parseMark(found.text);
    if (owner !== undefined && isAlive(owner, found.ageMs)) {
      throw new StoreError(
        "locked",
        `data directory ${directory} is in use by process ${owner.pid} on ${owner.host}: stop that agent or give this one another -data-dir`,
      );
    }
    await setAside(disk, path, found.text);
  }
  throw new StoreError("locked", `data directory ${directory}: several agents are starting on it at once`);
}

function isAlive(owner: ProcessMark, ageMs: number): boolean {
  return owner.host === ownMark().host ? isRunning(owner) : ageMs < LOCK_FOREIGN_AGE_MS_MAX;
}

/** Takes a dead owner's mark away. Another starter may have been quicker: then what was taken is a living mark, and goes back. */
async function setAside(disk: Disk, path: string, expected: string): Promise<void> {
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    await disk.rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const taken = await disk.readSmall(aside);
  if (taken !== undefined && taken.text !== expected) await disk.createWhole(path, taken.text);
  await disk.remove(aside);
}

function heldLock(disk: Disk, path: string, text: string): DirectoryLock {
  return {
    touch: () => disk.touch(path),
    async release() {
      if ((await disk.readSmall(path))?.text === text) await disk.remove(path);
    },
  };
}

function parseMark(text: string): ProcessMark | undefined {
  try {
    const mark = JSON.parse(text) as Partial<ProcessMark>;
    if (typeof mark.pid === "number" && typeof mark.host === "string" && typeof mark.startedAt === "string") return mark as ProcessMark;
  } catch {
    // Not ours to read: nobody who wrote it in full is alive.
  }
  return undefined;
}
