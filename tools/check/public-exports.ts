import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.js";
import { withoutComments } from "./sources.js";

/** What each package exports, in packages/NAME/exports.txt: a change to it is a change to what users hold, and shows in review. */
export const publicExports: Check = {
  name: "public exports (npm run check -- --record writes them down)",
  find: (root) => packagesOf(root).flatMap((folder) => problemsIn(root, folder)),
};

/** Writes the lists as they are now. */
export function recordPublicExports(root: string): void {
  for (const folder of packagesOf(root)) writeFileSync(join(root, folder, "exports.txt"), `${exportsOf(root, folder).names.join("\n")}\n`);
}

function packagesOf(root: string): string[] {
  return readdirSync(join(root, "packages"))
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .filter((folder) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).private !== true);
}

function problemsIn(root: string, folder: string): string[] {
  const { names, problems } = exportsOf(root, folder);
  const file = join(root, folder, "exports.txt");
  const recorded = existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
  return [
    ...problems,
    ...names.filter((name) => !recorded.includes(name)).map((name) => `${folder}: exports ${name}, which exports.txt does not name`),
    ...recorded
      .filter((name) => !names.includes(name))
      .map((name) => `${folder}: exports.txt names ${name}, which is not exported any more`),
  ];
}

function exportsOf(root: string, folder: string): { names: string[]; problems: string[] } {
  const { exports: entries } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { exports: Record<string, unknown> };
  const found = Object.entries(entries).flatMap(([subpath, target]) => {
    const source = sourceOf(target);
    return source === undefined ? [] : [{ subpath, path: join(root, folder, source) }];
  });
  const names = found.flatMap(({ subpath, path }) => {
    const prefix = subpath === "." ? "" : `${subpath.slice(2)}: `;
    return exportedNames(readFileSync(path, "utf8")).map((name) => `${prefix}${name}`);
  });
  const stars = found.filter(({ path }) => /\bexport\s+\*/.test(withoutComments(readFileSync(path, "utf8"))));
  return { names: names.sort(), problems: stars.map(({ subpath }) => `${folder}: the entry "${subpath}" exports *; list the names`) };
}

function sourceOf(target: unknown): string | undefined {
  const path = typeof target === "string" ? target : (target as { default?: string } | null)?.default;
  return path?.endsWith(".js") ? path.replace("./dist/", "src/").replace(/\.js$/, ".ts") : undefined;
}

/** The names of `export { a, type B, c as d } ...` and of exported declarations; types say so. */
function exportedNames(text: string): string[] {
  const code = withoutComments(text);
  const lists = [...code.matchAll(/\bexport\s+(type\s+)?\{([^}]*)\}/g)].flatMap(([, typeOnly, list = ""]) =>
    list
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "")
      .map((item) => (typeOnly === undefined ? item : `type ${item.replace(/^type\s+/, "")}`))
      .map((item) => item.replace(/[\w$]+\s+as\s+/, "")),
  );
  const declarations = [
    ...code.matchAll(/\bexport\s+(?:async\s+)?(?:(interface|type)|class|function\*?|const|abstract class)\s+([\w$]+)/g),
  ];
  return [...lists, ...declarations.map(([, type, name]) => (type === undefined ? `${name}` : `type ${name}`))];
}
