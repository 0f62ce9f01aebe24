import { SortedMap } from "./sorted-map.js";

/** What one command has changed so far, so that it can be taken back; and which watchers it will wake. */
export class Journal {
  readonly #undo: (() => void)[] = [];
  readonly #topics = new Set<string>();
  readonly #keys = new Set<string>();

  record(undo: () => void): void {
    this.#undo.push(undo);
  }

  touch(topic: string): void {
    this.#topics.add(topic);
  }

  touchKey(key: string): void {
    this.#keys.add(key);
  }

  /** Takes everything back, newest first. */
  rollBack(): void {
    for (let i = this.#undo.length - 1; i >= 0; i--) this.#undo[i]!();
    this.#clear();
  }

  /** Hands over whom to wake. */
  commit(touch: (topic: string) => void, touchKey: (key: string) => void): void {
    for (const topic of this.#topics) touch(topic);
    for (const key of this.#keys) touchKey(key);
    this.#clear();
  }

  #clear(): void {
    this.#undo.length = 0;
    this.#topics.clear();
    this.#keys.clear();
  }
}

/** A table of the state: rows by key, in key order, every change recorded in the journal and told to `changed`. */
export class Table<Row extends object> {
  readonly #rows = new SortedMap<Row>();
  readonly #journal: Journal;
  readonly #changed: (before: Row | undefined, after: Row | undefined) => void;

  constructor(journal: Journal, changed: (before: Row | undefined, after: Row | undefined) => void = () => {}) {
    this.#journal = journal;
    this.#changed = changed;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  values(prefix = ""): Row[] {
    return this.#rows.values(prefix);
  }

  keys(prefix = ""): Generator<string> {
    return this.#rows.keys(prefix);
  }

  first(prefix: string): Row | undefined {
    return this.#rows.first(prefix);
  }

  set(key: string, row: Row): void {
    const before = this.#rows.get(key);
    this.#put(key, before, row);
    this.#journal.record(() => this.#put(key, row, before));
  }

  delete(key: string): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    this.#put(key, before, undefined);
    this.#journal.record(() => this.#put(key, undefined, before));
  }

  #put(key: string, before: Row | undefined, after: Row | undefined): void {
    if (after === undefined) this.#rows.delete(key);
    else this.#rows.set(key, after);
    this.#changed(before, after);
  }
}

/** A secondary index: finds the rows of a table under a name, in the order of Consul's compound keys. */
export class RowIndex<Row extends object> {
  readonly #rows = new SortedMap<Row>();

  add(name: string, key: string, row: Row): void {
    this.#rows.set(`${name}\0${key}`, row);
  }

  remove(name: string, key: string): void {
    this.#rows.delete(`${name}\0${key}`);
  }

  of(name: string): Row[] {
    return this.#rows.values(`${name}\0`);
  }

  has(name: string): boolean {
    return this.#rows.first(`${name}\0`) !== undefined;
  }
}
