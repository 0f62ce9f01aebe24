import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { repositoryRoot } from "../repository.js";
import type { Go } from "./go.js";
import { type NpmName, type RecipeName, VERSIONS } from "./programs.js";

/** Builds a recipe's programs into `folder`, which is empty. */
export interface Recipe {
  /** False: it is there as it is on npm. */
  readonly needsGo: boolean;
  build(go: Go, folder: string): void;
}

const builds: Readonly<Record<Exclude<RecipeName, NpmName>, Recipe["build"]>> = {
  h2spec: (go, folder) => {
    for (const command of ["h2spec", "h2specd"])
      go.install(folder, `github.com/summerwind/h2spec/cmd/${command}@v${VERSIONS.h2spec}+incompatible`);
  },

  "grpc-go-interop": (go, folder) => {
    const module = goModule(folder, `require google.golang.org/grpc v${VERSIONS.grpcGo}`);
    for (const program of ["client", "server"])
      go.run(module, ["build", "-mod=mod", "-o", join(folder, program), `google.golang.org/grpc/interop/${program}`]);
  },

  "grpc-go-bench": (go, folder) => {
    go.run(join(repositoryRoot, "bench/peers/go"), ["build", "-o", join(folder, "grpc-go-bench"), "."]);
  },

  grpcurl: (go, folder) => go.install(folder, `github.com/fullstorydev/grpcurl/cmd/grpcurl@v${VERSIONS.grpcurl}`),

  // The published helloworld client. The examples' own go.mod has `replace` lines, which `go install` refuses.
  greeter: (go, folder) => {
    const module = goModule(folder, `require google.golang.org/grpc v${VERSIONS.grpcGo}`);
    go.run(module, ["get", `google.golang.org/grpc/examples@${VERSIONS.grpcGoExamples}`, `google.golang.org/grpc@v${VERSIONS.grpcGo}`]);
    go.run(module, [
      "build",
      "-mod=mod",
      "-o",
      join(folder, "greeter_client"),
      "google.golang.org/grpc/examples/helloworld/greeter_client",
    ]);
  },

  ghz: (go, folder) => go.install(folder, `github.com/bojand/ghz/cmd/ghz@v${VERSIONS.ghz}`),

  // A dependency of a module of ours, because Consul's own go.mod has `replace` lines, which `go install` refuses.
  consul: (go, folder) => {
    const excluded = "exclude (\n\tgithub.com/hashicorp/go-msgpack v1.1.5\n\tgithub.com/hashicorp/go-msgpack v1.1.6\n)";
    const module = goModule(folder, `require github.com/hashicorp/consul v${VERSIONS.consul}\n${excluded}`);
    go.run(module, ["mod", "download", `github.com/hashicorp/consul@v${VERSIONS.consul}`]);
    // Its own checksums: one pseudo-version among its modules is in no public checksum database.
    const sums = join(module, "go.sum");
    copyFileSync(join(go.folderOf(module, "github.com/hashicorp/consul"), "go.sum"), sums);
    chmodSync(sums, 0o644);
    go.run(module, ["build", "-mod=mod", "-o", join(folder, "consul"), "github.com/hashicorp/consul"]);
  },

  // The Go client's own tests. They read files beside them: run the programs in the folders named by *.folder.
  "consul-api": (go, folder) => {
    const module = goModule(
      folder,
      `require (\n\tgithub.com/hashicorp/consul/api v${VERSIONS.consulApi}\n\tgithub.com/hashicorp/consul/sdk v0.16.1\n)`,
    );
    const source = (path: string): string => `github.com/hashicorp/consul/api${path}`;
    for (const [program, path] of [
      ["consul-api-test", ""],
      ["consul-watch-test", "/watch"],
    ] as const) {
      go.run(module, ["test", "-c", "-mod=mod", "-o", join(folder, program), source(path)]);
      writeFileSync(join(folder, `${program}.folder`), join(go.folderOf(module, source("")), path));
    }
  },
};

const platform = process.platform === "win32" ? "win" : process.platform;

/** What npm carries built for this platform: the package's name, and the program in it. */
const npmPrograms: Readonly<Record<NpmName, readonly [packageName: string, file: string]>> = {
  "node-22": [`node-${platform}-${process.arch}`, "bin/node"],
  "node-24": [`node-${platform}-${process.arch}`, "bin/node"],
  "node-26": [`node-${platform}-${process.arch}`, "bin/node"],
  bun: [`@oven/bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}`, "bin/bun"],
  deno: [`@deno/${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`, "deno"],
  esbuild: [`@esbuild/${process.platform}-${process.arch}`, "bin/esbuild"],
};

function fromNpm(name: NpmName): Recipe {
  const build = (_: Go, folder: string): void => {
    const [packageName, file] = npmPrograms[name];
    const npm = process.env.npm_execpath;
    const [program, first] = npm === undefined ? ["npm", []] : [process.execPath, [npm]];
    const args = ["install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
    execFileSync(program, [...first, ...args, `${packageName}@${VERSIONS[name]}`], { stdio: ["ignore", "ignore", "pipe"] });
    const target = join("node_modules", packageName, file);
    chmodSync(join(folder, target), 0o755);
    symlinkSync(target, join(folder, basename(file)));
  };
  return { needsGo: false, build };
}

const fromGo = Object.entries(builds).map(([name, build]): [string, Recipe] => [name, { needsGo: true, build }]);
const carried = Object.keys(npmPrograms).map((name): [string, Recipe] => [name, fromNpm(name as NpmName)]);

export const recipes = Object.fromEntries([...fromGo, ...carried]) as Readonly<Record<RecipeName, Recipe>>;

/** A module of ours that only exists to require others at fixed versions. */
function goModule(folder: string, requires: string): string {
  const module = join(folder, "module");
  mkdirSync(module, { recursive: true });
  writeFileSync(join(module, "go.mod"), `module foreign\n\ngo 1.25\n\n${requires}\n`);
  return module;
}
