/** `true` is a flag without a value, `false` and undefined are left out, a list repeats its name. */
export type ParameterValue = string | number | bigint | boolean | readonly string[] | undefined;

/** "?a=1&flag&tag=x&tag=y", or "" when nothing is left. */
export function queryText(parameters: Readonly<Record<string, ParameterValue>>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === false) continue;
    if (value === true) parts.push(name);
    else if (typeof value === "object") for (const item of value) parts.push(`${name}=${encodeURIComponent(item)}`);
    else parts.push(`${name}=${encodeURIComponent(String(value))}`);
  }
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** A KV key keeps its slashes; everything else that a path cannot hold is encoded. */
export function keyPath(key: string): string {
  return key.split("/").map(encodeURIComponent).join("/");
}
