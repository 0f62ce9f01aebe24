import { systemClock } from "../resilience/clock.js";
import type { SharedStore, SharedValue } from "./shared-store.js";

/** Keys at most; a new one above it is refused by rejecting, which users take for a lost store. */
const KEYS_MAX = 100_000;

/** The store of one process: the default, and the double for tests. */
export class MemoryStore implements SharedStore {
  private readonly nowMs: () => number;
  private readonly entries = new Map<string, { value: string; version: number; endsMs: number }>();
  private writes = 0;

  constructor(nowMs: () => number = systemClock.nowMs) {
    this.nowMs = nowMs;
  }

  async get(key: string): Promise<SharedValue | undefined> {
    const entry = this.living(key);
    return entry === undefined ? undefined : { value: entry.value, version: String(entry.version) };
  }

  async compareAndSet(key: string, version: string | undefined, value: string, ttlMs?: number): Promise<boolean> {
    const entry = this.living(key);
    if ((entry === undefined ? undefined : String(entry.version)) !== version) return false;
    if (entry === undefined && this.entries.size >= KEYS_MAX) this.dropDead();
    if (entry === undefined && this.entries.size >= KEYS_MAX) throw new Error(`memory store is full: ${KEYS_MAX} keys`);
    this.entries.set(key, { value, version: ++this.writes, endsMs: ttlMs === undefined ? Number.POSITIVE_INFINITY : this.nowMs() + ttlMs });
    return true;
  }

  async expire(key: string, ttlMs: number): Promise<boolean> {
    const entry = this.living(key);
    if (entry === undefined) return false;
    entry.endsMs = this.nowMs() + ttlMs;
    return true;
  }

  private living(key: string): { value: string; version: number; endsMs: number } | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.endsMs > this.nowMs()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  private dropDead(): void {
    const nowMs = this.nowMs();
    for (const [key, entry] of this.entries) if (entry.endsMs <= nowMs) this.entries.delete(key);
  }
}
