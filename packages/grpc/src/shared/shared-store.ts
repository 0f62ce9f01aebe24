/** A value as a store holds it. `version` is the store's own word for this state of the key: Consul's modify index, or the value itself. */
export interface SharedValue {
  readonly value: string;
  readonly version: string;
}

/**
 * State that several processes share: what distributed limits and shared order
 * are built on. Every method may reject when the store cannot be reached; the
 * users of this seam then go on with local state, and no call fails.
 */
export interface SharedStore {
  get(key: string): Promise<SharedValue | undefined>;
  /**
   * Writes only if the key still is at `version` (undefined: is absent), atomically.
   * False: somebody else was first. With `ttlMs` the key disappears after that time.
   */
  compareAndSet(key: string, version: string | undefined, value: string, ttlMs?: number): Promise<boolean>;
  /** Sets the time until the key disappears. False: it is not there. */
  expire(key: string, ttlMs: number): Promise<boolean>;
}

/** Keys begin with it, then the part that uses them, then its name: "consulrpc/rate-limit/checkout/29384". */
export const SHARED_KEY_PREFIX = "consulrpc";

/** A losing writer tries again so often; above it, the store is treated as lost for this time. */
const CONFLICTS_MAX = 128;

/** Reads, changes and writes until nobody was in between. `change` may be called several times. Rejects when the store does, or conflicts go on. */
export async function updateShared(
  store: SharedStore,
  key: string,
  change: (value: string | undefined) => string,
  ttlMs?: number,
): Promise<string> {
  for (let attempt = 0; attempt < CONFLICTS_MAX; attempt++) {
    const known = await store.get(key);
    const next = change(known?.value);
    if (await store.compareAndSet(key, known?.version, next, ttlMs)) return next;
  }
  throw new Error(`shared key ${key}: ${CONFLICTS_MAX} writes in a row lost against other processes`);
}
