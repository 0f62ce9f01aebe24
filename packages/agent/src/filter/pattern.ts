/**
 * Go's regular expressions (RE2's syntax, linear time), for everything where a client sends one: filters, event lists, templates of
 * prepared queries. The engine is loaded with the first pattern: it is a quarter of a megabyte that most agents never need.
 */
import { createRequire } from "node:module";
import type { RE2JS } from "re2js";

export type Pattern = { test(text: string): boolean } | { readonly error: string };

/** Longest pattern; Go's own bound is on the compiled size. */
export const PATTERN_CHARACTERS_MAX: number = 4_096;

let engine: typeof RE2JS | undefined;

/** The error is Go's text: `error parsing regexp: missing closing ]: ...`. */
export function compilePattern(source: string): Pattern {
  if (source.length > PATTERN_CHARACTERS_MAX)
    return { error: `expression of ${source.length} characters exceeds ${PATTERN_CHARACTERS_MAX}` };
  engine ??= (createRequire(import.meta.url)("re2js") as { RE2JS: typeof RE2JS }).RE2JS;
  try {
    const compiled = engine.compile(source);
    return { test: (text) => compiled.matcher(text).find() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
