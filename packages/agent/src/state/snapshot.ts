/** The state as a sequence of slices and back: what the store keeps in place of a long log, and what /v1/snapshot hands out. */
import type { State } from "./state.js";
import type { Tables } from "./tables.js";

/** Bytes of rows, roughly, that go into one slice: small enough that encoding one does not hold up the loop. */
const SLICE_BYTES = 256 * 1024;

const TABLES = [
  "kv",
  "tombstones",
  "lockDelays",
  "nodes",
  "services",
  "checks",
  "sessions",
  "coordinates",
  "configEntries",
  "queries",
  "localServices",
  "localChecks",
  "settings",
] as const;

type TableName = (typeof TABLES)[number];

interface Head {
  readonly kind: "head";
  readonly format: 1;
  readonly index: number;
  readonly indexes: readonly (readonly [string, number])[];
}

interface Rows {
  readonly kind: "rows";
  readonly table: TableName;
  readonly rows: readonly (readonly [key: string, row: object])[];
}

const BIGINT_MARK = "\u0000bigint:";

/**
 * A view of the state as it is now; rows are never changed in place, so copying the references freezes it. Slices are encoded
 * as they are drawn.
 */
export function freeze(state: State): Iterable<Uint8Array> {
  const { tables } = state;
  const head: Head = {
    kind: "head",
    format: 1,
    index: state.index,
    indexes: tables.indexEntries(),
  };
  const frozen = TABLES.map((name) => ({ name, keys: [...tables[name].keys()], rows: tables[name].values() as object[] }));
  return slices(head, frozen);
}

function* slices(
  head: Head,
  frozen: readonly { readonly name: TableName; readonly keys: readonly string[]; readonly rows: readonly object[] }[],
): Generator<Uint8Array> {
  yield encode(head);
  for (const { name, keys, rows } of frozen) {
    let group: [string, object][] = [];
    let bytes = 0;
    for (const [at, row] of rows.entries()) {
      group.push([keys[at]!, row]);
      bytes += ROW_BYTES + keys[at]!.length + ("Value" in row ? String(row.Value).length : 0);
      if (bytes < SLICE_BYTES) continue;
      yield encode({ kind: "rows", table: name, rows: group });
      group = [];
      bytes = 0;
    }
    if (group.length > 0) yield encode({ kind: "rows", table: name, rows: group });
  }
}

/** What a row takes beside its key and value, for grouping. */
const ROW_BYTES = 512;

/** What an agent registered itself stays its own when the state of another, or of another time, is restored. */
const OWN: ReadonlySet<TableName> = new Set<TableName>(["localServices", "localChecks"]);

/**
 * Puts the slices of a snapshot in the place of the state, in place, and wakes everybody. Indexes go on from the higher of the two,
 * so that none is given twice. Nothing is changed when a slice cannot be read.
 */
export function replaceState(state: State, slices: readonly Uint8Array[]): void {
  const parsed = slices.map(parse);
  const index = Math.max(state.index, ...parsed.map((slice) => (slice.kind === "head" ? slice.index : 0))) + 1;
  for (const name of TABLES) {
    if (OWN.has(name)) continue;
    for (const key of [...state.tables[name].keys()]) state.tables[name].delete(key);
  }
  for (const slice of parsed) {
    if (slice.kind === "head") restoreHead(state, slice);
    else if (!OWN.has(slice.table)) restoreRows(state.tables, slice);
  }
  state.restoreIndex(index);
  state.settleRestored();
}

/** Puts a slice back into an empty state. */
export function restoreSlice(state: State, slice: Uint8Array): void {
  const parsed = parse(slice);
  if (parsed.kind === "head") restoreHead(state, parsed);
  else restoreRows(state.tables, parsed);
  state.settleRestored();
}

function parse(slice: Uint8Array): Head | Rows {
  const text = Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength).toString("utf8");
  // A reviver costs more than the rest of the parse; few states hold flags above 2^53.
  if (!text.includes("bigint:")) return JSON.parse(text) as Head | Rows;
  return JSON.parse(text, (_, value) =>
    typeof value === "string" && value.startsWith(BIGINT_MARK) ? BigInt(value.slice(BIGINT_MARK.length)) : value,
  ) as Head | Rows;
}

function restoreHead(state: State, head: Head): void {
  if (head.format !== 1) throw new Error(`the snapshot has format ${head.format}; this version reads format 1`);
  state.restoreIndex(head.index);
  for (const [name, value] of head.indexes) state.tables.setIndex(name, value);
}

function restoreRows(tables: Tables, { table, rows }: Rows): void {
  const target = tables[table] as { set(key: string, row: object): void };
  for (const [key, row] of rows) target.set(key, row);
}

function encode(value: Head | Rows): Uint8Array {
  return Buffer.from(JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${BIGINT_MARK}${item}` : item)));
}
