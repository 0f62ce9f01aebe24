import { readdirSync } from "node:fs";
import { join } from "node:path";

const IGNORED = new Set(["node_modules", "dist", "long", "conformance", "gen", "fixtures"]);

/** What is compiled in place (outDir "dist" beside the sources) and what has its sources in src/. */
const PROJECTS_IN_PLACE = ["tools", "bench", "test", "examples"];

/**
 * The compiled tests, found by their sources, so that a test whose source is
 * gone does not live on in dist. Packages first, then what joins several.
 */
export function testFiles(root: string): string[] {
  const packages = readdirSync(join(root, "packages"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    ...packages.flatMap(({ name }) => compiled(join(root, "packages", name, "src"), join(root, "packages", name, "dist"))),
    ...PROJECTS_IN_PLACE.flatMap((project) => compiled(join(root, project), join(root, project, "dist"))),
  ];
}

function compiled(sources: string, output: string): string[] {
  return entriesOf(sources).flatMap((entry) => {
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : compiled(join(sources, entry.name), join(output, entry.name));
    return entry.name.endsWith(".test.ts") ? [join(output, entry.name.replace(/\.ts$/, ".js"))] : [];
  });
}

function entriesOf(folder: string): { name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((left, right) => (left.name < right.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
