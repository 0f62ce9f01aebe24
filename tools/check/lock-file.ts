import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.js";

interface Entry {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
  readonly link?: boolean;
}

/**
 * package-lock.json names everything that its entries depend on, the packages of other platforms too: `npm ci` refuses
 * it otherwise. And it names no registry: everybody installs from their own.
 */
export const lockFile: Check = {
  name: "lock file (npm run lock completes it)",
  find: (root) => {
    const file = join(root, "package-lock.json");
    if (!existsSync(file)) return [];
    const { packages } = JSON.parse(readFileSync(file, "utf8")) as { packages: Readonly<Record<string, Entry>> };
    return Object.entries(packages).flatMap(([path, entry]) => [
      ...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
        .filter((name) => !isFound(packages, path, name))
        .map((name) => `package-lock.json: ${path} depends on ${name}, which has no entry; npm run lock`),
      ...(entry.resolved?.includes("://") === true ? [`package-lock.json: ${path} names a registry: ${entry.resolved}`] : []),
    ]);
  },
};

/** As Node looks packages up: in the dependent's own node_modules, then in each folder's above it. */
function isFound(packages: Readonly<Record<string, Entry>>, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === "") return false;
  }
}
