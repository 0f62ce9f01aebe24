import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Check } from "./check.js";

/** What `check` finds in a folder that holds these files, and nothing else. */
export async function found(check: Check, files: Readonly<Record<string, string>>, parent: string = tmpdir()): Promise<readonly string[]> {
  const root = mkdtempSync(join(parent, "planted-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await check.find(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The package.json of a planted package. */
export function manifest(name: string, more: Readonly<Record<string, unknown>> = {}): string {
  const exports = { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } };
  return JSON.stringify({ name, version: "1.0.0", type: "module", license: "Apache-2.0", exports, ...more });
}
