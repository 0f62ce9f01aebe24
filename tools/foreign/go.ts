import { spawnSync } from "node:child_process";

export interface Go {
  /** Runs `go` with `args` in `folder`. Throws with its output when it fails. */
  run(folder: string, args: readonly string[]): string;
  /** `go install` into `folder`. */
  install(folder: string, target: string): void;
  /** Where a module's source is. */
  folderOf(folder: string, module: string): string;
}

/** The `go` on PATH; undefined when there is none. */
export function findGo(): Go | undefined {
  if (spawnSync("go", ["version"]).status !== 0) return undefined;
  return { run, install: (folder, target) => void run(folder, ["install", target], { GOBIN: folder }), folderOf };
}

function run(folder: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync("go", args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    env: { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "auto", ...environment },
  });
  if (status !== 0) throw new Error(`go ${args.join(" ")} ended with ${status}:\n${stderr}${stdout}`);
  return stdout.trim();
}

function folderOf(folder: string, module: string): string {
  return run(folder, ["list", "-mod=mod", "-m", "-f", "{{.Dir}}", module]);
}
