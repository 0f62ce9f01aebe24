import { homedir } from "node:os";
import { join } from "node:path";

/** A program that others wrote, built once into a cache outside the repository. */
export interface ForeignProgram {
  readonly name: string;
  /** The environment variable that names one to use instead. */
  readonly variable: string;
  /** The cache's folder; it carries the version, so that a new version is built anew. */
  readonly folder: string;
  readonly file: string;
  /** Which recipe of recipes.ts makes it. */
  readonly recipe: RecipeName;
}

export type RecipeName = "h2spec" | "grpc-go-interop" | "grpc-go-bench" | "grpcurl" | "greeter" | "ghz" | "consul" | "consul-api" | NpmName;

/** Programs that npm carries built. */
export type NpmName = "node-22" | "node-24" | "node-26" | "bun" | "deno" | "esbuild";

export const VERSIONS = {
  h2spec: "2.2.1",
  grpcGo: "1.85.0",
  grpcGoExamples: "v0.0.0-20260825154716-030ee8becb20",
  grpcurl: "1.9.4",
  ghz: "0.93.0",
  consul: "1.21.0",
  consulApi: "1.31.2",
  /** What is supported besides the oldest one, which runs the tests. */
  "node-22": "22.23.3",
  "node-24": "24.9.0",
  "node-26": "26.10.0",
  /** Tried, not first class. */
  bun: "1.4.5",
  deno: "2.9.6",
  esbuild: "0.28.2",
  /** Of bench/peers/go, ours: raise it with every change there. */
  grpcGoBench: "1",
} as const;

const executable = process.platform === "win32" ? ".exe" : "";

function program(name: string, recipe: RecipeName, folder: string, file: string = name): ForeignProgram {
  return { name, recipe, folder, file: `${file}${executable}`, variable: `${name.toUpperCase().replaceAll("-", "_")}_BIN` };
}

export const programs: readonly ForeignProgram[] = [
  program("h2spec", "h2spec", `h2spec-${VERSIONS.h2spec}`),
  program("h2specd", "h2spec", `h2spec-${VERSIONS.h2spec}`),
  program("grpc-go-interop-client", "grpc-go-interop", `grpc-go-interop-${VERSIONS.grpcGo}`, "client"),
  program("grpc-go-interop-server", "grpc-go-interop", `grpc-go-interop-${VERSIONS.grpcGo}`, "server"),
  program("grpc-go-bench", "grpc-go-bench", `grpc-go-bench-${VERSIONS.grpcGo}-${VERSIONS.grpcGoBench}`),
  program("grpcurl", "grpcurl", `grpcurl-${VERSIONS.grpcurl}`),
  program("greeter-client", "greeter", `grpc-go-greeter-${VERSIONS.grpcGo}`, "greeter_client"),
  program("ghz", "ghz", `ghz-${VERSIONS.ghz}`),
  program("consul", "consul", `consul-${VERSIONS.consul}`),
  program("consul-api-test", "consul-api", `consul-api-${VERSIONS.consulApi}`),
  ...(["node-22", "node-24", "node-26"] as const).map((name) => program(name, name, `node-${VERSIONS[name]}`, "node")),
  ...(["bun", "deno", "esbuild"] as const).map((name) => program(name, name, `${name}-${VERSIONS[name]}`)),
  program("consul-watch-test", "consul-api", `consul-api-${VERSIONS.consulApi}`),
];

/** Where the built programs are kept: $CONSULRPC_TOOLS, or ~/.cache/consulrpc-tools. */
export function toolsFolder(): string {
  return process.env.CONSULRPC_TOOLS ?? join(homedir(), ".cache", "consulrpc-tools");
}
