import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../repository.js";
import { found, manifest } from "./planted.js";
import { readmeBlocks } from "./readme-blocks.js";
import { format, publishable, types, unused } from "./tools-of-others.js";

/** Planted below node_modules, where the tools' packages and types are found, and git sees nothing. */
const parent = join(repositoryRoot, "node_modules/.cache");
mkdirSync(parent, { recursive: true });

const own = (file: string): string => readFileSync(join(repositoryRoot, file), "utf8");
const biome = own("biome.json").replace('"vcs": { "enabled": true', '"vcs": { "enabled": false');

test("format finds an unformatted line and an explicit any, with our own rules", async () => {
  assert.deepEqual(await found(format, { "biome.json": biome, "a.ts": "export const a: number = 1;\n" }), []);
  const problems = await found(format, { "biome.json": biome, "a.ts": "export const a : any = 1;\n" });
  assert.match(problems.join("\n"), /noExplicitAny/);
  assert.match(problems.join("\n"), /format/);
});

test("types finds an undefined that a strict index may give", async () => {
  const files = {
    "tsconfig.base.json": own("tsconfig.base.json"),
    "tsconfig.json": '{ "extends": "./tsconfig.base.json", "compilerOptions": { "outDir": "dist", "rootDir": "." }, "include": ["*.ts"] }',
  };
  assert.deepEqual(await found(types, { ...files, "a.ts": "export const a: number = [1][0] ?? 0;\n" }, parent), []);
  const problems = await found(types, { ...files, "a.ts": "export const a: number = [1][0];\n" }, parent);
  assert.match(problems.join("\n"), /a\.ts.*TS2322/);
});

test("unused finds a file that nobody imports and a dependency that nobody uses", async () => {
  const files = { "index.ts": 'import "./used.js";\n', "used.ts": "export {};\n", "tsconfig.json": "{}" };
  const options = { main: "index.ts", exports: undefined };
  assert.deepEqual(await found(unused, { ...files, "package.json": manifest("planted", options) }), []);
  const problems = await found(unused, {
    ...files,
    "package.json": manifest("planted", { ...options, dependencies: { "left-pad": "1.0.0" } }),
    "forgotten.ts": "export {};\n",
  });
  assert.match(problems.join("\n"), /forgotten\.ts/);
  assert.match(problems.join("\n"), /left-pad/);
});

test("publishable finds an entry that does not exist", async () => {
  const files = { "packages/a/dist/index.js": "export {};\n", "packages/a/dist/index.d.ts": "export {};\n" };
  assert.deepEqual(await found(publishable, { ...files, "packages/a/package.json": manifest("@consulrpc/a") }), []);
  const wrong = manifest("@consulrpc/a", { exports: { ".": { types: "./dist/index.d.ts", default: "./dist/missing.js" } } });
  assert.match((await found(publishable, { ...files, "packages/a/package.json": wrong })).join("\n"), /missing\.js/);
});

const base = { "tsconfig.base.json": own("tsconfig.base.json") };

test("readmeBlocks compiles and runs blocks, gives them the document's files, and leaves fragments alone", async () => {
  const text = [
    '```ts file=part.ts\nexport const part: number = 1;\n```\n```ts\nimport { part } from "./part.js";\nif (part !== 1) throw new Error("no");\n```',
    "```ts ignore\nthis is a fragment\n```\n```sh\nnpm start\n```\n",
  ].join("\n");
  assert.deepEqual(await found(readmeBlocks, { ...base, "README.md": text }, parent), []);
});

test("readmeBlocks finds a block that does not compile, and names the document and line", async () => {
  const problems = await found(
    readmeBlocks,
    { ...base, "docs/x.md": "# x\n\n```ts\nconst a: number = 'b';\nexport { a };\n```\n" },
    parent,
  );
  assert.match(problems.join("\n"), /docs\/x\.md:3.*TS2322/);
});

test("readmeBlocks finds a block that throws", async () => {
  const problems = await found(readmeBlocks, { ...base, "README.md": '```ts\nthrow new Error("planted");\n```\n' }, parent);
  assert.match(problems.join("\n"), /README\.md:1: the block ended with 1:[\s\S]*planted/);
});
