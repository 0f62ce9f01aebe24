import { Metadata } from "../call/metadata.js";
import type { ServerCall } from "../server/handler.js";
import type { CallOptions } from "./caller.js";

/** A call's options under those of the call that its handler answers: the earlier deadline, both signals, named metadata that it does not set itself. */
export function inheritOptions(parent: ServerCall, options: CallOptions | undefined, propagate: readonly string[]): CallOptions {
  const leftMs = parent.timeoutLeftMs();
  const timeoutMs = Math.min(options?.timeoutMs ?? Number.POSITIVE_INFINITY, leftMs);
  const metadata = inheritMetadata(parent, options?.metadata, propagate);
  return {
    ...options,
    ...(timeoutMs === Number.POSITIVE_INFINITY ? {} : { timeoutMs }),
    signal: options?.signal === undefined ? parent.signal : AbortSignal.any([parent.signal, options.signal]),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function inheritMetadata(parent: ServerCall, own: Metadata | undefined, propagate: readonly string[]): Metadata | undefined {
  let merged: Metadata | undefined;
  for (const name of propagate) {
    if (own?.has(name)) continue;
    for (const value of parent.metadata.getAll(name)) {
      merged ??= own?.clone() ?? new Metadata();
      merged.append(name, value);
    }
  }
  return merged ?? own;
}
