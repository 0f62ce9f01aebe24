import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "@consulrpc/tools";

const run = promisify(execFile);
const PACKAGES = ["http2", "grpc", "consul", "agent", "consulrpc"];

/** An empty folder into which everything was installed from tarballs, as a user would. */
export interface InstalledFolder extends AsyncDisposable {
  readonly path: string;
}

/** Packs every package and installs the tarballs, with what they depend on. */
export async function installPacked(): Promise<InstalledFolder> {
  const path = mkdtempSync(join(tmpdir(), "consulrpc-packed-"));
  const folders = PACKAGES.map((name) => join(repositoryRoot, "packages", name));
  const packed = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", path, ...folders], { cwd: repositoryRoot });
  const tarballs = (JSON.parse(packed.stdout) as { filename: string }[]).map(({ filename }) => `./${filename}`);
  writeFileSync(join(path, "package.json"), JSON.stringify({ name: "fixture", private: true, type: "module" }));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs], { cwd: path });
  cpSync(join(repositoryRoot, "test/integration/front-door/fixtures"), path, { recursive: true });
  cpSync(join(repositoryRoot, "bench/hello/gen/hello_pb.ts"), join(path, "gen/hello_pb.ts"));
  return {
    path,
    [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Compiles the fixtures as a user's project would be, under one way to resolve modules. */
export async function compile(folder: string, moduleResolution: "node16" | "bundler"): Promise<void> {
  const tsc = join(repositoryRoot, "node_modules/typescript/bin/tsc");
  const types = join(repositoryRoot, "node_modules/@types");
  const module = moduleResolution === "node16" ? "node16" : "esnext";
  const common = [
    "--target",
    "es2022",
    "--lib",
    "es2023,esnext.disposable",
    "--strict",
    "--types",
    "node",
    "--typeRoots",
    types,
    "--outDir",
    "out",
  ];
  const files = ["proto.ts", "class.ts", "by-name.ts", "gen/hello_pb.ts"];
  try {
    await run(process.execPath, [tsc, ...common, "--rootDir", ".", "--module", module, "--moduleResolution", moduleResolution, ...files], {
      cwd: folder,
    });
  } catch (error) {
    throw new Error((error as { stdout?: string }).stdout || String(error));
  }
}

/** What a program prints; it has to end by itself, with 0. `node` is this one unless another is named. */
export async function runProgram(
  folder: string,
  file: string,
  environment: Readonly<Record<string, string>>,
  node: string = process.execPath,
): Promise<string> {
  const { stdout } = await run(node, [join(folder, "out", file)], {
    cwd: folder,
    env: { ...process.env, ...environment, XDG_CACHE_HOME: join(folder, "cache") },
    timeout: 30_000,
  });
  return stdout;
}
