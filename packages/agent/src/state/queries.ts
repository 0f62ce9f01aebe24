/** Prepared queries: stored definitions; executing one is a read. */
import { StateError } from "./command.js";
import type { PreparedQuery } from "./records.js";
import type { Tables } from "./tables.js";

export function setQuery(tables: Tables, index: number, query: PreparedQuery, create: boolean): string {
  const existing = tables.queries.get(query.ID);
  if (!create && existing === undefined) throw new StateError(`Cannot modify non-existent prepared query: '${query.ID}'`);
  if (query.Session !== "" && tables.sessions.get(query.Session) === undefined)
    throw new StateError(`invalid session ${JSON.stringify(query.Session)}`);
  if (query.Name !== "") {
    for (const other of tables.queries.values()) {
      if (other.ID === query.ID || other.Name.toLowerCase() !== query.Name.toLowerCase()) continue;
      const isTemplate = (row: PreparedQuery) => templateType(row) !== "";
      if (isTemplate(other) === isTemplate(query)) throw new StateError(`name '${query.Name}' aliases an existing query name`);
    }
    if (tables.queries.get(query.Name) !== undefined) throw new StateError(`name '${query.Name}' aliases an existing query ID`);
  }
  tables.queries.set(query.ID, { ...query, CreateIndex: existing?.CreateIndex ?? index, ModifyIndex: index });
  tables.setIndex("prepared-queries", index);
  return query.ID;
}

export function templateType(query: PreparedQuery): string {
  const template = query.Template as { readonly Type?: string } | undefined;
  return template?.Type ?? "";
}

/** By id or exact name, else the template with the longest matching name prefix. */
export function findQuery(tables: Tables, idOrName: string): PreparedQuery | undefined {
  const byId = tables.queries.get(idOrName.toLowerCase());
  if (byId !== undefined) return byId;
  const name = idOrName.toLowerCase();
  let best: PreparedQuery | undefined;
  for (const query of tables.queries.values()) {
    if (templateType(query) === "") {
      if (query.Name.toLowerCase() === name) return query;
    } else if (name.startsWith(query.Name.toLowerCase()) && (best === undefined || query.Name.length > best.Name.length)) {
      best = query;
    }
  }
  return best;
}
