import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

export interface Source {
  /** From the root, with "/". */
  readonly path: string;
  readonly text: string;
}

const IGNORED = new Set(["node_modules", "dist", "gen", "fixtures", ".git", "coverage"]);

/** Every file below `root/folder` whose name ends with `ending`. */
export function sourcesOf(root: string, folder: string, ending: string): Source[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : sourcesOf(root, path, ending);
    if (!entry.name.endsWith(ending)) return [];
    return [{ path: relative(".", path).split(sep).join("/"), text: readFileSync(join(root, path), "utf8") }];
  });
}

/**
 * The code alone: comments and the insides of template literals and strings that
 * span words are blanked, line numbers stay. Good enough to look for imports and
 * calls; it is no parser (a regular expression that holds a quote confuses it for the rest of its line).
 */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/[^\n]*/g, (comment) => comment.replaceAll(/[^\n]/g, " "));
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** `import type ... from`: nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

const IMPORT = /(?:^|[\s;])(?:(import|export)(\s+type)?\s[^"'`;]*?\bfrom\s*|import\s*|import\s*\(\s*|require\s*\(\s*)["']([^"'\n]+)["']/g;

/** What a file imports, statically or not. */
export function importsOf({ text }: Source): Import[] {
  const code = withoutComments(text);
  return [...code.matchAll(IMPORT)].map((match) => ({
    specifier: match[3] ?? "",
    line: code.slice(0, match.index + match[0].length).split("\n").length,
    typeOnly: match[2] !== undefined,
  }));
}
