/** JSON as Go writes it, byte for byte: `<`, `>`, `&` and the line separators escaped, indented by four spaces when pretty. */
export function goJson(value: unknown, pretty: boolean): string {
  let text: string;
  try {
    text = pretty ? JSON.stringify(value, undefined, 4) : JSON.stringify(value);
  } catch {
    // A bigint somewhere (64-bit flags), which JSON.stringify refuses.
    const replaced = JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `\u0000${item}\u0000` : item), pretty ? 4 : undefined);
    text = replaced.replace(/"\\u0000(\d+)\\u0000"/g, "$1");
  }
  return escapeForHtml(text ?? "null");
}

export function escapeForHtml(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replace(EVERY_ESCAPE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`) : text;
}

const NEEDS_ESCAPE = /[<>&\u2028\u2029]/;
const EVERY_ESCAPE = /[<>&\u2028\u2029]/g;

/** Go renders maps with sorted keys; undefined for anything but an object. */
export function sortedMap<V>(map: Readonly<Record<string, V>>): Record<string, V> {
  const sorted: Record<string, V> = {};
  for (const key of Object.keys(map).sort()) sorted[key] = map[key]!;
  return sorted;
}
