import type { Endpoint } from "@consulrpc/grpc";

/** The last list that a target had, kept over restarts: a process that starts while Consul is away still finds its services. */
export interface LastGood {
  /** Undefined: nothing kept, or too old. */
  load(key: string): Promise<SavedList | undefined>;
  save(key: string, list: SavedList): Promise<void>;
}

export interface SavedList {
  readonly savedAtMs: number;
  readonly endpoints: readonly Endpoint[];
}

/** Older lists are worth less than an honest error. */
export const SAVED_AGE_MS_MAX: number = 24 * 3_600_000;
/** A list that takes more than this is not kept on disk. */
export const SAVED_BYTES_MAX: number = 1024 * 1024;

/** A kept list as text, with what is needed to read it back. */
export function savedText(list: SavedList): string {
  return JSON.stringify({ version: 1, ...list });
}

/** Undefined for anything that is not such a text, or is too old. Pure. */
export function parseSaved(text: string, nowMs: number): SavedList | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const { version, savedAtMs, endpoints } = parsed as Record<string, unknown>;
  if (version !== 1 || typeof savedAtMs !== "number" || !Array.isArray(endpoints)) return undefined;
  if (nowMs - savedAtMs > SAVED_AGE_MS_MAX || !endpoints.every(isEndpoint)) return undefined;
  return { savedAtMs, endpoints };
}

function isEndpoint(value: unknown): value is Endpoint {
  if (typeof value !== "object" || value === null) return false;
  const { id, address, weight, tags, metadata } = value as Record<string, unknown>;
  return (
    typeof id === "string" &&
    typeof address === "string" &&
    typeof weight === "number" &&
    Array.isArray(tags) &&
    typeof metadata === "object" &&
    metadata !== null
  );
}

/** The double: lives as long as the process. */
export function memoryLastGood(): LastGood {
  const lists = new Map<string, SavedList>();
  return {
    load: async (key) => lists.get(key),
    save: async (key, list) => {
      lists.set(key, list);
    },
  };
}
