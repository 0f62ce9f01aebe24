import type { Call } from "../call/interceptor.js";
import { Metadata } from "../call/metadata.js";

export interface CallChanges {
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends this attempt too. */
  readonly signal?: AbortSignal;
}

/**
 * Another attempt at a call: its own copy of the metadata, and a signal of its
 * own where one is given. All else it has from the original, which is its
 * prototype, so that the caller beneath still knows what the call was made with.
 */
export function derivedCall(original: Call, changes: CallChanges = {}): Call {
  const metadata = new Metadata();
  for (const [name, value] of original.metadata) metadata.append(name, value);
  for (const [name, value] of Object.entries(changes.headers ?? {})) metadata.set(name, value);
  const own: PropertyDescriptorMap = { metadata: { value: metadata, enumerable: true } };
  if (changes.signal !== undefined) own.signal = { value: AbortSignal.any([original.signal, changes.signal]), enumerable: true };
  return Object.create(original, own) as Call;
}
