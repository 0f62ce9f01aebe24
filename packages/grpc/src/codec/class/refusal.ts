import { Code } from "../../call/code.js";
import { RpcError } from "../../call/rpc-error.js";

/**
 * Why a value cannot be encoded, found by walking it once more: encoders only notice
 * that something is wrong, so that they need not carry the path along.
 */
export function encodingRefusal(codec: string, value: unknown, depthMax: number, cause?: unknown): RpcError {
  const reason = problem(value, "$", new Set(), depthMax) ?? `$: ${cause instanceof Error ? cause.message : "it cannot be encoded"}`;
  return new RpcError(Code.INTERNAL, `cannot encode as ${codec}: ${reason}`, cause === undefined ? {} : { cause });
}

function problem(value: unknown, path: string, above: Set<object>, depthLeft: number): string | undefined {
  if (typeof value === "function" || typeof value === "symbol") return `${path} is a ${typeof value}`;
  if (typeof value !== "object" || value === null || value instanceof Date || value instanceof Uint8Array) return undefined;
  if (above.has(value)) return `${path} refers back to a value that contains it`;
  if (depthLeft === 0) return `${path} is nested deeper than depthMax`;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `${path} is a ${value.constructor.name}; send a Uint8Array`;
  above.add(value);
  for (const [name, inner] of members(value)) {
    const found = name === "__proto__" ? `${path} has the key "__proto__"` : problem(inner, step(path, name), above, depthLeft - 1);
    if (found !== undefined) return found;
  }
  above.delete(value);
  return undefined;
}

function members(value: object): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (value instanceof Map) return [...value].map(([key, item]) => [String(key), item]);
  if (value instanceof Set) return [...value].map((item, index) => [index, item]);
  return Object.entries(value);
}

function step(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}[${name}]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}
