import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What a program said before it ended. */
export interface Finished {
  readonly exitCode: number;
  readonly stderr: string;
}

/** Bytes of a program's complaints that are kept. */
const STDERR_BYTES_MAX = 1024 * 1024;

const require: NodeJS.Require = createRequire(import.meta.url);

/** Runs the protocol compiler that npm's "protoc" package carries for this platform. */
export function runProtoc(args: readonly string[], signal?: AbortSignal): Promise<Finished> {
  return run(protocPath(), args, signal);
}

/** Where protoc's own .proto files (google/protobuf/*.proto) lie. */
export function protocInclude(): string {
  return join(packageFolder("protoc"), "include");
}

/** The plugin that writes TypeScript: a script, so node runs it. */
export function protocGenEsPath(): string {
  return join(packageFolder("@bufbuild/protoc-gen-es"), "bin", "protoc-gen-es");
}

function protocPath(): string {
  if (process.env.PROTOC) return process.env.PROTOC;
  const folder = packageFolder("protoc");
  const assets = JSON.parse(readFileSync(join(folder, "assets.json"), "utf8")) as { platform: string; arch: string; executable: string }[];
  const asset = assets.find(({ platform, arch }) => platform === process.platform && arch === process.arch);
  if (asset === undefined)
    throw new Error(`npm's "protoc" has no compiler for ${process.platform} ${process.arch}; set PROTOC to the path of one`);
  return join(folder, "bin", asset.executable);
}

function packageFolder(name: string): string {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch (cause) {
    throw new Error(`reading .proto files needs the package "${name}": npm install ${name}`, { cause });
  }
}

function run(command: string, args: readonly string[], signal: AbortSignal | undefined): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], ...(signal && { signal }) });
    let stderr = "";
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text: string) => {
      if (stderr.length < STDERR_BYTES_MAX) stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? 1, stderr }));
  });
}
