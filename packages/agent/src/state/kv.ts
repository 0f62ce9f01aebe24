/** The KV's rules: check-and-set, locks, tombstones, and which index an answer carries. */
import { type KvCommand, StateError } from "./command.js";
import type { KvEntry } from "./records.js";
import type { Tables } from "./tables.js";

type NewEntry = Pick<KvEntry, "Key" | "Value" | "Flags" | "Session" | "LockIndex">;

export function applyKv(tables: Tables, index: number, command: KvCommand, nowMs: number): boolean {
  const entry: NewEntry = { Key: command.key, Value: command.value, Flags: command.flags, Session: command.session, LockIndex: 0 };
  switch (command.op) {
    case "set":
      setKey(tables, index, entry, false);
      return true;
    case "cas":
      return casKey(tables, index, entry, command.index) !== undefined;
    case "lock":
      if (isDelayed(tables, command.key, nowMs)) return false;
      return lockKey(tables, index, entry) !== undefined;
    case "unlock":
      return unlockKey(tables, index, entry) !== undefined;
    case "delete":
      deleteKey(tables, index, command.key);
      return true;
    case "delete-cas":
      return deleteKeyCas(tables, index, command.key, command.index);
    case "delete-tree":
      deleteTree(tables, index, command.key);
      return true;
  }
}

/**
 * Stores an entry; an identical one keeps its ModifyIndex. Without `withSession` the session of the existing entry stays,
 * but its LockIndex is overwritten, as in Consul.
 */
export function setKey(tables: Tables, index: number, entry: NewEntry, withSession: boolean): KvEntry {
  const existing = tables.kv.get(entry.Key);
  const session = withSession ? entry.Session : (existing?.Session ?? "");
  if (
    existing !== undefined &&
    existing.Value === entry.Value &&
    existing.Flags === entry.Flags &&
    existing.Session === session &&
    existing.LockIndex === entry.LockIndex
  ) {
    return existing;
  }
  const stored: KvEntry = {
    LockIndex: entry.LockIndex,
    Key: entry.Key,
    Flags: entry.Flags,
    Value: entry.Value,
    Session: session,
    CreateIndex: existing?.CreateIndex ?? index,
    ModifyIndex: index,
  };
  tables.kv.set(entry.Key, stored);
  tables.setIndex("kvs", index);
  return stored;
}

/** Index 0 means: only if the key does not exist. */
export function casKey(tables: Tables, index: number, entry: NewEntry, expected: number): KvEntry | undefined {
  const existing = tables.kv.get(entry.Key);
  if ((existing?.ModifyIndex ?? 0) !== expected) return undefined;
  return setKey(tables, index, entry, false);
}

export function isDelayed(tables: Tables, key: string, nowMs: number): boolean {
  return (tables.lockDelays.get(key)?.untilMs ?? 0) > nowMs;
}

export function lockKey(tables: Tables, index: number, entry: NewEntry): KvEntry | undefined {
  requireSession(entry.Session);
  if (tables.sessions.get(entry.Session) === undefined) throw new StateError(`invalid session ${JSON.stringify(entry.Session)}`);
  const existing = tables.kv.get(entry.Key);
  if (existing !== undefined && existing.Session !== "" && existing.Session !== entry.Session) return undefined;
  const held = existing?.Session === entry.Session;
  const lockIndex = (existing?.LockIndex ?? 0) + (held ? 0 : 1);
  return setKey(tables, index, { ...entry, LockIndex: lockIndex }, true);
}

export function unlockKey(tables: Tables, index: number, entry: NewEntry): KvEntry | undefined {
  requireSession(entry.Session);
  const existing = tables.kv.get(entry.Key);
  if (existing === undefined || existing.Session !== entry.Session) return undefined;
  return setKey(tables, index, { ...entry, Session: "", LockIndex: existing.LockIndex }, true);
}

export function deleteKey(tables: Tables, index: number, key: string): void {
  if (tables.kv.get(key) === undefined) return;
  tables.kv.delete(key);
  bury(tables, index, key);
  tables.setIndex("kvs", index);
}

/** True also when there was nothing to delete. */
export function deleteKeyCas(tables: Tables, index: number, key: string, expected: number): boolean {
  const existing = tables.kv.get(key);
  if (existing === undefined) return true;
  if (existing.ModifyIndex !== expected) return false;
  deleteKey(tables, index, key);
  return true;
}

/** One tombstone stands for the whole tree; none for the root, whose listings carry the table's index anyway. */
export function deleteTree(tables: Tables, index: number, prefix: string): void {
  const keys = [...tables.kv.keys(prefix)];
  if (keys.length === 0) return;
  for (const key of keys) tables.kv.delete(key);
  if (prefix !== "") bury(tables, index, prefix);
  tables.setIndex("kvs", index);
}

/** Forgets tombstones up to an index, and lock delays that are over. */
export function reapTombstones(tables: Tables, upTo: number, nowMs: number): void {
  for (const key of [...tables.lockDelays.keys()]) {
    if (tables.lockDelays.get(key)!.untilMs <= nowMs) tables.lockDelays.delete(key);
  }
  for (const key of [...tables.tombstones.keys()]) {
    if (tables.tombstones.get(key)!.index <= upTo) tables.tombstones.delete(key);
  }
}

/** What a GET of one key says, and the index it carries when there is none. */
export function getKey(tables: Tables, key: string): { readonly index: number; readonly entry: KvEntry | undefined } {
  const entry = tables.kv.get(key);
  return { index: entry?.ModifyIndex ?? tables.maxIndex("kvs", "tombstones"), entry };
}

/** A listing carries the largest index of its entries and tombstones, or the table's when it has neither. */
export function listKeys(tables: Tables, prefix: string): { readonly index: number; readonly entries: KvEntry[] } {
  const entries = tables.kv.values(prefix);
  const tableIndex = tables.maxIndex("kvs", "tombstones");
  if (prefix === "") return { index: tableIndex, entries };
  let index = 0;
  for (const entry of entries) index = Math.max(index, entry.ModifyIndex);
  for (const stone of tables.tombstones.values(prefix)) index = Math.max(index, stone.index);
  return { index: index === 0 ? tableIndex : index, entries };
}

function bury(tables: Tables, index: number, key: string): void {
  tables.tombstones.set(key, { index });
  tables.setIndex("tombstones", index);
}

function requireSession(session: string): void {
  if (session === "") throw new StateError("missing session");
}
