import type { PickContext } from "./balancer.js";
import { knownFields } from "./options.js";

/**
 * Where a hash policy finds its key: a call option `key` always wins; else a
 * metadata value, or a field of the first request message ("user.id"), or what
 * a function makes of the call.
 */
export type HashKeySource = { readonly metadata: string } | { readonly field: string } | ((call: PickContext) => string | undefined);

/** Reads a call's key; undefined when it has none, and the policy then falls back to chance. */
export type HashKey = (call: PickContext) => string | undefined;

export function hashKey(field: string, source: HashKeySource | undefined): HashKey {
  if (source === undefined) return (call) => call.key;
  if (typeof source === "function") return (call) => call.key ?? source(call);
  const known = knownFields(field, source, ["metadata", "field"]);
  const { metadata, field: path } = known;
  if ((metadata === undefined) === (path === undefined)) throw new TypeError(`${field} must have either "metadata" or "field"`);
  const name = metadata ?? path;
  if (typeof name !== "string" || name === "")
    throw new TypeError(`${field}.${metadata === undefined ? "field" : "metadata"} must be a name`);
  return metadata === undefined ? fieldKey(name.split(".")) : (call) => call.key ?? textOf(call.metadata?.get(name));
}

function fieldKey(path: readonly string[]): HashKey {
  return (call) => {
    if (call.key !== undefined) return call.key;
    let value = call.request;
    for (const part of path) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
      value = (value as Record<string, unknown>)[part];
    }
    return textOf(value);
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : undefined;
}
