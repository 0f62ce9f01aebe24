import type { Metadata } from "../call/metadata.js";
import type { Method } from "../contract/contract.js";

/**
 * What proves who calls, as metadata of each call. A result that is no promise
 * costs the call nothing; `metadata` is asked for every call, so it caches.
 */
export interface CallCredentials {
  metadata(context: { readonly authority: string; readonly method: Method }): Metadata | Promise<Metadata>;
}
