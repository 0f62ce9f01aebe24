import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.js";
import { problemsOf } from "./program.js";

export const format: Check = {
  name: "format and lint (biome)",
  find: (root) => problemsOf("@biomejs/biome/bin/biome", ["check", "--colors=off", "--error-on-warnings", "."], root),
};

export const types: Check = {
  name: "types (tsc)",
  find: (root) => problemsOf("typescript/bin/tsc", ["-b", "--pretty", "false"], root),
};

export const unused: Check = {
  name: "unused files and dependencies (knip)",
  find: (root) =>
    problemsOf(
      "knip/bin/knip.js",
      ["--no-progress", "--no-config-hints", "--include", "files,dependencies,unlisted,unresolved,binaries"],
      root,
    ),
};

/** publint over each package that is published: entries exist, are ESM where they say so, and resolve with types. */
export const publishable: Check = {
  name: "publishable packages (publint)",
  find: async (root) => {
    const published = readdirSync(join(root, "packages"))
      .map((name) => join(root, "packages", name))
      .filter((folder) => existsSync(join(folder, "package.json")))
      .filter((folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).private !== true);
    const problems = await Promise.all(
      published.map((folder) =>
        problemsOf("publint/src/cli.js", ["run", folder, "--strict", "--level", "warning", "--pack", "false"], root),
      ),
    );
    return problems.flat();
  },
};
