/** What a request's target and fields say before any endpoint is asked. */
import type { HttpResponse } from "./message.js";
import { cleanPath, isPrintable } from "./path.js";
import { decodePercent } from "./query.js";
import { redirect } from "./redirect.js";
import { MalformedRequest } from "./request-head.js";

/**
 * The path of a request's target, decoded.
 *
 * @throws MalformedRequest
 */
export function decodeTarget(raw: string): string {
  try {
    return decodePercent(isAscii(raw) ? raw : Buffer.from(raw, "latin1").toString("utf8"));
  } catch {
    throw new MalformedRequest(400, "400 Bad Request");
  }
}

/** As Go's server does before any endpoint: unprintable paths are refused, unclean ones redirected. */
export function earlyAnswer(method: string, path: string, rawQuery: string): HttpResponse | undefined {
  if (!isPrintable(path)) return { status: 400, headers: [], body: "" };
  const clean = cleanPath(path);
  return clean === path ? undefined : redirect({ method, rawQuery }, clean);
}

/** A field's value by lower-case name; several are joined. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === name) found = found === undefined ? fields[i + 1]! : `${found}, ${fields[i + 1]}`;
  }
  return found;
}

export function isAscii(text: string): boolean {
  return !NOT_ASCII.test(text);
}

const NOT_ASCII = /[^\0-\x7f]/;
