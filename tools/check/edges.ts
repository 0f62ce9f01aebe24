import { basename } from "node:path";
import type { Check } from "./check.js";
import { importsOf, type Source, sourcesOf, withoutComments } from "./sources.js";

/** ARCHITECTURE, invariant 3: only these files touch the network, the disk, processes and the time. */
const EDGES = new Set(["socket.ts", "disk.ts", "process.ts", "clock.ts"]);

const MODULES = /^(?:node:)?(net|tls|http|https|http2|dgram|dns|fs|child_process|worker_threads|cluster)(\/promises)?$/;

/** `import { isIP } from "node:net"`: judges a string, touches nothing. */
const PURE_IMPORT = /import\s*\{(?:\s*(?:isIP|isIPv4|isIPv6|type \w+)\s*,?)+\}\s*from\s*"node:net"/g;

const CALLS: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime\b/, "reads the time; take `now` as an argument or use a clock.ts"],
  [/(?<![.\w])set(?:Timeout|Interval)\(/, "starts a timer; use a clock.ts"],
  [/\bprocess\.(?:on|once|exit|kill|abort)\(/, "touches the process; use a process.ts"],
];

/**
 * Files that are an edge under another name, each with its reason. A short list
 * is a promise kept; a long one would be a rule that does not hold.
 */
export const exceptions: Readonly<Record<string, string>> = {
  "packages/grpc/src/call/debug-log.ts": "stamps lines for people with the time of day; nothing is decided by it",
  "packages/consul/src/planted-server.ts": "a double for tests; nothing that is published imports it",
  "packages/agent/src/http/response-text.ts": "reads the table of status texts, which is only data",
};

export const edges: Check = {
  name: "edges (network, disk, processes, time)",
  find: (root) =>
    sourcesOf(root, "packages", ".ts")
      .filter(
        ({ path }) =>
          path.includes("/src/") &&
          !path.endsWith(".test.ts") &&
          !path.includes("/testing/") &&
          !EDGES.has(basename(path)) &&
          !(path in exceptions),
      )
      .flatMap(problemsIn),
};

function problemsIn(source: Source): string[] {
  const imports = importsOf({ ...source, text: source.text.replaceAll(PURE_IMPORT, "") })
    .filter(({ specifier, typeOnly }) => !typeOnly && MODULES.test(specifier))
    .map(({ specifier, line }) => `${source.path}:${line}: imports ${specifier}; only socket.ts, disk.ts, process.ts and clock.ts may`);
  const calls = withoutComments(source.text)
    .split("\n")
    .flatMap((code, index) => CALLS.filter(([call]) => call.test(code)).map(([, problem]) => `${source.path}:${index + 1}: ${problem}`));
  return [...imports, ...calls];
}
