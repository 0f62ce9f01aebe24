import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Check } from "./check.js";
import { importsOf, type Source, sourcesOf } from "./sources.js";

/** ARCHITECTURE: arrows point down only, and never sideways. */
const LEVELS: Readonly<Record<string, number>> = { http2: 1, grpc: 2, consul: 2, gateway: 3, agent: 3, ui: 3, consulrpc: 4 };

/** The agent meets gRPC at one place only: the check that calls a service's health method. */
const AGENT_GRPC = /^packages\/agent\/src\/checks\//;

/** Imports between packages: downwards only, through a named entry, and what package.json names. */
export const arrows: Check = {
  name: "import arrows",
  find: (root) => sourcesOf(root, "packages", ".ts").flatMap((source) => problemsIn(root, source)),
};

function problemsIn(root: string, source: Source): string[] {
  const [, from = ""] = source.path.split("/");
  return importsOf(source).flatMap(({ specifier, line }) => {
    const at = `${source.path}:${line}: `;
    if (specifier.startsWith("."))
      return leavesPackage(source.path, specifier) ? [`${at}${specifier} leaves packages/${from}; import the package by its name`] : [];
    const name = /^(?:@consulrpc\/([^/]+)|(consulrpc))(\/.*)?$/.exec(specifier);
    if (name === null) return [];
    const to = name[1] ?? name[2] ?? "";
    if (to === from) return [`${at}${specifier} is the package itself; import the file`];
    return [...arrow(at, from, to, source.path), ...entry(root, at, to, name[3])];
  });
}

function leavesPackage(path: string, specifier: string): boolean {
  const home = path.split("/").slice(0, 2).join("/");
  return !normalize(join(dirname(path), specifier))
    .split("\\")
    .join("/")
    .startsWith(`${home}/`);
}

function arrow(at: string, from: string, to: string, path: string): string[] {
  const [low, high] = [LEVELS[to], LEVELS[from]];
  if (low === undefined || high === undefined)
    return [`${at}packages/${low === undefined ? to : from} has no level in tools/check/arrows.ts`];
  if (from === "agent" && to === "consul")
    return [`${at}agent may not import consul: they meet at Consul's HTTP contract only, so that each is the other's test`];
  if (from === "agent" && to === "grpc" && !AGENT_GRPC.test(path))
    return [`${at}agent uses grpc only for its gRPC health check (packages/agent/src/checks/)`];
  return low < high ? [] : [`${at}${from} (level ${high}) may not import ${to} (level ${low}); arrows point down`];
}

function entry(root: string, at: string, to: string, subpath: string | undefined): string[] {
  if (subpath === undefined) return [];
  const file = join(root, "packages", to, "package.json");
  const exported: Record<string, unknown> = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")).exports ?? {}) : {};
  return `.${subpath}` in exported ? [] : [`${at}".${subpath}" is inside ${to}; import what its index.ts or a named subpath exports`];
}
