import { existsSync, readdirSync } from "node:fs";

/**
 * The programs of a folder beside this file, by file name: `test/long/soak.ts`
 * is `npm run long -- soak`. What several programs share lives in subfolders,
 * which are not entries. Read from the sources: dist may hold what is gone.
 */
export function entryNames(folder: string): string[] {
  const sources = new URL(`../${folder}/`, import.meta.url);
  if (!existsSync(sources)) return [];
  return readdirSync(sources)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

/** The module of one entry. Throws a sentence that lists the names there are. */
export async function loadEntry(folder: string, name: string): Promise<Record<string, unknown>> {
  const names = entryNames(folder);
  if (!names.includes(name)) throw new RangeError(`no entry ${JSON.stringify(name)}; there are: ${names.join(", ")}`);
  return (await import(new URL(`./${folder}/${name}.js`, import.meta.url).href)) as Record<string, unknown>;
}
