/**
 * The index of the next blocking query (Consul's "Blocking queries", implementation details).
 * 0 means: ask without an index, the answer comes at once. Pure.
 *
 * - backwards (a restored or restarted Consul): start again from nothing;
 * - zero, missing or no number: 1, or the next query would not block and the loop would spin.
 */
export function nextIndex(sent: number, received: number): number {
  if (!Number.isFinite(received) || received <= 0) return 1;
  return received < sent ? 0 : received;
}
