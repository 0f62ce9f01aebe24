import { markAsUntransferable } from "./process.js";

/** V8 keeps so many bytes inside the object itself; more take an allocation outside of its heap, which costs ten times the copy. */
const INLINE_BYTES_MAX = 64;
/** Values up to here share a slab, which lives as long as any of them. */
export const SHARED_BYTES_MAX = 1024;
export const SLAB_BYTES: number = 8 * 1024;

let slab: Uint8Array<ArrayBuffer> = new Uint8Array(0);
let used = 0;

/**
 * A copy of `bytes[start, end)`, for decoders: the receive buffer is overwritten
 * after the call. As with Buffers, the copy's `buffer` may hold other values too.
 */
export function copiedBytes(bytes: Uint8Array<ArrayBufferLike>, start: number, end: number): Uint8Array<ArrayBuffer> {
  const length = end - start;
  const source = new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
  if (length <= INLINE_BYTES_MAX || length > SHARED_BYTES_MAX) return new Uint8Array(source);
  if (used + length > slab.length) nextSlab();
  const copy = new Uint8Array(slab.buffer, used, length);
  copy.set(source);
  // The next value begins where typed arrays of any kind may begin.
  used = (used + length + 7) & ~7;
  return copy;
}

function nextSlab(): void {
  slab = new Uint8Array(SLAB_BYTES);
  // Who transfers one value to a worker must not take away all the others.
  markAsUntransferable(slab.buffer);
  used = 0;
}
