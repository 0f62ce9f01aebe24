import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { Check } from "./check.js";
import { problemsOf, runNode } from "./program.js";
import { sourcesOf } from "./sources.js";

/** A block of documentation runs this long at most. */
const BLOCK_TIMEOUT_MS = 30_000;

interface Block {
  readonly markdown: string;
  readonly line: number;
  /** Where it is compiled to, without an ending. */
  readonly name: string;
  readonly code: string;
}

/**
 * Compiles and runs every ```ts block of README files and docs: each is a whole
 * module that ends by itself with exit code 0. "```ts ignore" marks a fragment;
 * "```ts file=gen/hello_pb.ts" writes a file for the blocks of the same document.
 */
export const readmeBlocks: Check = {
  name: "code blocks of README and docs (compiled and run)",
  find: async (root) => {
    const documents = sourcesOf(root, ".", ".md");
    // Inside node_modules, so that the blocks resolve packages as a user's program does, and nothing sees them.
    mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
    const folder = mkdtempSync(join(root, "node_modules/.cache/readme-"));
    try {
      const blocks = documents.flatMap(({ path, text }, index) => writeBlocks(folder, `d${index}`, path, text));
      if (blocks.length === 0) return [];
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(configuration(root)));
      const problems = await problemsOf("typescript/bin/tsc", ["-p", folder, "--pretty", "false"], folder);
      if (problems.length > 0) return [named(problems.join("\n"), blocks)];
      return await runAll(folder, blocks);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function configuration(root: string): unknown {
  const base = JSON.parse(readFileSync(join(root, "tsconfig.base.json"), "utf8")) as { compilerOptions: Record<string, unknown> };
  // What a reader's project has, not what our packages promise: no isolated declarations, no project of references.
  const { composite, incremental, declaration, declarationMap, isolatedDeclarations, noUnusedLocals, ...compilerOptions } =
    base.compilerOptions;
  return { compilerOptions: { ...compilerOptions, rootDir: ".", outDir: "." }, include: ["**/*.ts"], exclude: [] };
}

const FENCE = /^([ ]*)```ts([^\n]*)\n([\s\S]*?)^\1```/gm;

function writeBlocks(folder: string, home: string, markdown: string, text: string): Block[] {
  const blocks: Block[] = [];
  for (const match of text.matchAll(FENCE)) {
    const [, , info = "", code = ""] = match;
    if (/\bignore\b/.test(info) || info.startsWith("x")) continue;
    const file = /\bfile=(\S+)/.exec(info)?.[1];
    const line = text.slice(0, match.index).split("\n").length;
    const name = join(home, file === undefined ? `block${line}` : file.replace(/\.ts$/, ""));
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, `${name}.ts`), `${code}\nexport {};\n`);
    if (file === undefined) blocks.push({ markdown, line, name, code });
  }
  return blocks;
}

async function runAll(folder: string, blocks: readonly Block[]): Promise<string[]> {
  const waiting = [...blocks];
  const problems: string[] = [];
  const worker = async (): Promise<void> => {
    for (let block = waiting.shift(); block !== undefined; block = waiting.shift()) {
      const { status, output } = await runNode([`${block.name}.js`], folder, BLOCK_TIMEOUT_MS);
      if (status !== 0) problems.push(`${block.markdown}:${block.line}: the block ended with ${status}:\n${output.trim()}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return problems;
}

/** The compiler's paths, as places in the documents. */
function named(output: string, blocks: readonly Block[]): string {
  return blocks.reduce((text, { name, markdown, line }) => text.replaceAll(`${name}.ts(`, `${markdown}:${line} + (`), output);
}
