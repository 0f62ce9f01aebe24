import { type RecordKind, type Store, StoreError } from "./store.js";

/** Keeps nothing (`-dev`, tests): an append is answered in the same turn and forgotten. */
export class MemoryStore implements Store {
  readonly logBytes = 0;
  readonly snapshotBytes = 0;
  #closed = false;

  async load(_visit: (kind: RecordKind, record: Uint8Array) => void): Promise<void> {}

  append(_records: readonly Uint8Array[]): Promise<void> {
    return this.#closed ? Promise.reject(new StoreError("closed", "the store is closed")) : Promise.resolve();
  }

  async compact(_freeze: () => Iterable<Uint8Array>): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
  }
}
