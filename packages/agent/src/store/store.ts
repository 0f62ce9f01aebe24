/**
 * The seam between the agent's state and what outlives the process.
 *
 * The store does not know what a record means: the state encodes its commands, appends them, waits, and only then applies
 * them. So nobody ever sees an index that a crash takes back.
 *
 *     load ──▶ append* ──▶ close
 *                 ▲ │
 *                 └─┘ compact (now and then; appends go on meanwhile)
 */
export interface Store {
  /**
   * Hands over everything that is kept, oldest first: the slices of the last snapshot, then each record appended after it.
   * Called once, before the first append. The bytes are only valid during the call of `visit`.
   *
   * @throws StoreError when what is on disk cannot be trusted; the message names the file and the offset.
   */
  load(visit: (kind: RecordKind, record: Uint8Array) => void): Promise<void>;

  /**
   * Keeps the records, in order, all or none of them. The promise settles when they would survive the machine losing power.
   * Calls that arrive while an earlier one is being synced are written and synced together (group commit); promises settle
   * in the order of the calls. The store keeps the arrays until then: do not change them.
   *
   * A rejected append left nothing behind that a later `load` would hand over.
   *
   * @throws StoreError with code "full" when there is no space; appending may be tried again at any time.
   */
  append(records: readonly Uint8Array[]): Promise<void>;

  /**
   * Replaces everything that was appended by what `freeze` answers with. The store calls `freeze` once, between two syncs, when
   * every record whose append has settled had its turn to be applied and no other was: so apply in the very continuation of
   * `append`. Records appended later follow the snapshot.
   *
   * `freeze` must only copy references (it runs on the loop); the slices are drawn afterwards, a few at a time between turns of
   * the event loop, so encode them lazily. One compaction runs at a time: a call while one runs throws a RangeError. When it
   * rejects, nothing was lost: the log simply stays long.
   */
  compact(freeze: () => Iterable<Uint8Array>): Promise<void>;

  /** Bytes appended since the last snapshot. Compact when they outgrow the snapshot. */
  readonly logBytes: number;
  /** Bytes of the last snapshot, 0 when there is none. */
  readonly snapshotBytes: number;

  /** Waits for what was appended, then lets go of the files and of the lock on the directory. */
  close(): Promise<void>;
}

export type RecordKind = "slice" | "record";

/** Largest record: a transaction of 512 KiB and a value of a raised limit must fit. Larger ones are refused with a RangeError. */
export const RECORD_BYTES_MAX: number = 64 * 1024 * 1024;

export type StoreErrorCode = "full" | "read-only" | "locked" | "corrupt" | "io" | "closed";

/** What went wrong with the files; `code` says whether waiting, freeing space or an operator mends it. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
