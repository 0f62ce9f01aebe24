import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "./repository.js";

/** A repository of one project, with the compiler of this one. */
function smallRepository(): string {
  const root = mkdtempSync(join(tmpdir(), "prepare-"));
  mkdirSync(join(root, "node_modules"));
  mkdirSync(join(root, "a"));
  symlinkSync(join(repositoryRoot, "node_modules/typescript"), join(root, "node_modules/typescript"));
  const packages = {
    "node_modules/x": { version: "1.0.0", integrity: "sha512-x" },
    "node_modules/y": { version: "1.0.0", optional: true },
  };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }));
  writeFileSync(
    join(root, "node_modules/.package-lock.json"),
    JSON.stringify({ packages: { "node_modules/x": packages["node_modules/x"] } }),
  );
  writeFileSync(join(root, "package.json"), "{}");
  writeFileSync(join(root, "tsconfig.json"), '{ "files": [], "references": [{ "path": "a" }] }');
  const options = { composite: true, outDir: "dist", rootDir: ".", tsBuildInfoFile: "dist/.tsbuildinfo", types: [] };
  writeFileSync(join(root, "a/tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
  writeFileSync(join(root, "a/a.ts"), "export const a = 1;\n");
  return root;
}

function prepare(root: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(repositoryRoot, "tools/prepare.mjs"), root], {
    encoding: "utf8",
    env: { ...process.env, npm_execpath: "" },
  });
}

test("prepare builds once, is silent when nothing is stale, and builds again when a source is newer or the output is gone", () => {
  const root = smallRepository();
  try {
    assert.equal(prepare(root).stderr, "building (tsc -b)\n");
    const again = prepare(root);
    assert.deepEqual([again.status, again.stdout, again.stderr], [0, "", ""]);
    const later = new Date(Date.now() + 5_000);
    utimesSync(join(root, "a/a.ts"), later, later);
    assert.equal(prepare(root).stderr, "building (tsc -b)\n");
    utimesSync(join(root, "a/a.ts"), 0, 0);
    prepare(root);
    rmSync(join(root, "a/dist"), { recursive: true });
    assert.equal(prepare(root).stderr, "building (tsc -b)\n");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("prepare shows what the compiler said, and fails, when the build fails", () => {
  const root = smallRepository();
  try {
    writeFileSync(join(root, "a/a.ts"), "export const a: string = 1;\n");
    const { status, stderr } = prepare(root);
    assert.equal(status, 1);
    assert.match(stderr, /the build failed:[\s\S]*TS2322/);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("prepare installs when the lock file names what is not installed", () => {
  const root = smallRepository();
  try {
    // An npm that only says how it was called.
    writeFileSync(
      join(root, "npm.js"),
      'require("node:fs").appendFileSync(__dirname + "/calls", process.argv.slice(2).join(" ") + "\\n");',
    );
    const run = (): string =>
      spawnSync(process.execPath, [join(repositoryRoot, "tools/prepare.mjs"), root], {
        encoding: "utf8",
        env: { ...process.env, npm_execpath: join(root, "npm.js") },
      }).stderr;
    assert.doesNotMatch(run(), /installing/);
    cpSync(join(root, "package-lock.json"), join(root, "node_modules/.package-lock.json"));
    writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: { "node_modules/x": { version: "2.0.0" } } }));
    assert.match(run(), /installing dependencies/);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
