import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";

/**
 * The first request of a class method's call. Without a stream it is the list of
 * arguments. With one it is this record: `arguments` holds null where the stream
 * stands, and every later message is one of the stream's items.
 */
export interface StreamOpening {
  readonly arguments: readonly unknown[];
  /** The position of the stream among the arguments. */
  readonly stream: number;
}

export type ClassRequest = readonly unknown[] | StreamOpening;

/** True for what announces a stream; its details are checked by `parseRequest`. */
export function opensStream(first: unknown): boolean {
  return typeof first === "object" && first !== null && !Array.isArray(first);
}

/** What the peer sent as its first message, checked. Nothing at all (null, an empty message) is a call without arguments. */
export function parseRequest(path: string, first: unknown): ClassRequest {
  if (Array.isArray(first)) return first;
  if (first === undefined || first === null) return [];
  if (isStreamOpening(first)) return first;
  throw new RpcError(
    Code.INVALID_ARGUMENT,
    `${path}: the first message must be the list of arguments, or {"arguments": [...], "stream": position}; got ${typeof first}`,
  );
}

function isStreamOpening(value: unknown): value is StreamOpening {
  if (typeof value !== "object" || value === null) return false;
  const { arguments: list, stream } = value as Partial<StreamOpening>;
  return Array.isArray(list) && typeof stream === "number" && Number.isInteger(stream) && stream >= 0 && stream < list.length;
}
