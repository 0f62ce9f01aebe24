import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type ForeignProgram, programs, toolsFolder } from "./programs.js";

/** What apt brings instead of `npm run tools`. */
const PACKAGES: Readonly<Record<string, string>> = {
  h2load: "nghttp2-client",
  wrk: "wrk",
  "redis-server": "redis-server",
  taskset: "util-linux",
};

/** The path of a foreign program: its variable (CONSUL_BIN, ...), the tools' cache, or PATH for what apt brings. */
export function foreignProgram(name: string): string | undefined {
  const known = programs.find((program) => program.name === name);
  if (known !== undefined) return built(known);
  const fromVariable = process.env[`${name.toUpperCase().replaceAll("-", "_")}_BIN`];
  if (fromVariable !== undefined) return fromVariable;
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

function built(program: ForeignProgram): string | undefined {
  const fromVariable = process.env[program.variable];
  if (fromVariable !== undefined) return fromVariable;
  const path = join(toolsFolder(), program.folder, program.file);
  return existsSync(path) ? path : undefined;
}

/** The path; throws a sentence that says how to get the program. */
export function requireForeignProgram(name: string): string {
  const path = foreignProgram(name);
  if (path === undefined) throw new Error(howToGet(name));
  return path;
}

/**
 * For `test(name, { skip: skipWithout("consul") }, ...)`: false when all are
 * there, the reason when one is not. In CI nothing may be missing: it throws.
 */
export function skipWithout(...names: readonly string[]): string | false {
  const missing = names.filter((name) => foreignProgram(name) === undefined);
  if (missing.length === 0) return false;
  const reason = missing.map(howToGet).join("; ");
  if (process.env.CI !== undefined && process.env.CI !== "" && process.env.CI !== "false")
    throw new Error(`${reason} (CI leaves nothing out)`);
  return reason;
}

function howToGet(name: string): string {
  const known = programs.find((program) => program.name === name);
  if (known !== undefined) return `${name} is not built: npm run tools -- ${known.recipe} (needs Go), or set ${known.variable}`;
  return `${name} is not on PATH: apt-get install ${PACKAGES[name] ?? name}`;
}
