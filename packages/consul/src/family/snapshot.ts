import type { RequestOptions } from "../http/requester.js";
import { Family } from "./family.js";

/** Restoring waits for every server; it takes longer than other requests. */
const RESTORE_MS_MAX = 120_000;

/** The whole state of the servers as one archive. */
export class Snapshot extends Family {
  /** As it comes; at the end, `Buffer.concat` makes the file that `consul snapshot save` would have written. */
  save(options: RequestOptions & { readonly stale?: boolean } = {}): Promise<AsyncIterable<Uint8Array>> {
    return this.requester.stream({ method: "GET", path: "snapshot", parameters: { stale: options.stale }, options });
  }

  /** Replaces all state by the archive's; every watch begins anew. */
  async restore(archive: Uint8Array, options: RequestOptions = {}): Promise<void> {
    await this.send({
      method: "PUT",
      path: "snapshot",
      body: archive,
      idempotent: false,
      options: { timeoutMs: RESTORE_MS_MAX, ...options },
    });
  }
}
