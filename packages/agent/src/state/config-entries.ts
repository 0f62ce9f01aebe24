/** Central configuration entries: stored as given, by kind and name. */
import { isSame } from "./equal.js";
import type { ConfigEntry } from "./records.js";
import type { Tables } from "./tables.js";

/** With `cas`, stores only if the entry's ModifyIndex is that (0: only if it does not exist). An identical entry keeps its index. */
export function setConfigEntry(tables: Tables, index: number, entry: ConfigEntry, cas: number | undefined): boolean {
  const key = configKey(entry.Kind, entry.Name);
  const existing = tables.configEntries.get(key);
  if (cas !== undefined && (existing?.ModifyIndex ?? 0) !== cas) return false;
  const next: ConfigEntry = { ...entry, CreateIndex: existing?.CreateIndex ?? index, ModifyIndex: existing?.ModifyIndex ?? index };
  if (existing !== undefined && isSame(existing, next)) return true;
  tables.configEntries.set(key, { ...next, ModifyIndex: index });
  tables.setIndex("config-entries", index);
  return true;
}

/** Deleting a missing entry is no error, except with `cas`. */
export function deleteConfigEntry(tables: Tables, index: number, kind: string, name: string, cas: number | undefined): boolean {
  const key = configKey(kind, name);
  const existing = tables.configEntries.get(key);
  if (cas !== undefined && existing?.ModifyIndex !== cas) return false;
  if (existing === undefined) return true;
  tables.configEntries.delete(key);
  tables.setIndex("config-entries", index);
  return true;
}

export function configKey(kind: string, name: string): string {
  return `${kind}/${name.toLowerCase()}`;
}
