import type { Call } from "../call/interceptor.js";

/**
 * What makes two calls the same: the method, the request's fields, and the
 * metadata that `vary` names. Undefined where a request cannot be compared
 * (cycles), or is a stream: such a call is always its own.
 */
export function requestKey(call: Call, vary: readonly string[]): string | undefined {
  if (call.method.kind !== "unary") return undefined;
  let request: string;
  try {
    request = JSON.stringify(call.request, canonical);
  } catch {
    return undefined;
  }
  const headers = vary.map((name) => call.metadata.getAll(name).map(String));
  return `${call.method.path} ${request} ${JSON.stringify(headers)}`;
}

/** Keys in order, and what JSON cannot tell apart marked with its type. */
function canonical(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (value === undefined) return { $undefined: true };
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Map) return { $map: [...value] };
  if (value instanceof Set) return { $set: [...value] };
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
