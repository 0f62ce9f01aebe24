import assert from "node:assert/strict";
import { test } from "node:test";
import { arrows } from "./arrows.js";
import type { Check } from "./check.js";
import { edges } from "./edges.js";
import { lockFile } from "./lock-file.js";
import { found, manifest } from "./planted.js";
import { publicExports } from "./public-exports.js";

async function clean(check: Check, files: Readonly<Record<string, string>>): Promise<void> {
  assert.deepEqual(await found(check, files), []);
}

async function planted(check: Check, files: Readonly<Record<string, string>>, ...problems: readonly RegExp[]): Promise<void> {
  const lines = await found(check, files);
  assert.equal(lines.length, problems.length, lines.join("\n"));
  problems.forEach((problem, index) => {
    assert.match(lines[index] ?? "", problem);
  });
}

test("arrows lets imports point down, through entries, and code speak of imports in comments", () =>
  clean(arrows, {
    "packages/http2/package.json": manifest("@consulrpc/http2", { exports: { ".": {}, "./frames": {} } }),
    "packages/grpc/src/a.ts": 'import { x } from "@consulrpc/http2";\nimport { y } from "@consulrpc/http2/frames";\nimport "./b/c.js";',
    "packages/grpc/src/b/c.ts": '// import { z } from "@consulrpc/consul";\nimport "../a.js";\nimport "node:assert";',
    "packages/agent/src/checks/grpc.ts": 'import { x } from "@consulrpc/grpc";',
    "packages/consulrpc/src/a.ts": 'import { x } from "@consulrpc/agent";',
  }));

test("arrows finds an import that points up", () =>
  planted(
    arrows,
    { "packages/http2/src/a.ts": 'import { x } from "@consulrpc/grpc";' },
    /^packages\/http2\/src\/a.ts:1: .*may not import grpc/,
  ));

test("arrows finds grpc importing consul (invariant 1), also as a type, dynamically or re-exported", () =>
  planted(
    arrows,
    {
      "packages/grpc/src/a.ts":
        'import type { x } from "@consulrpc/consul";\nconst y = await import("@consulrpc/consul");\nexport { z } from "@consulrpc/consul";\nimport {\n  w,\n} from "@consulrpc/consul";',
    },
    /a.ts:1: .*may not import consul/,
    /a.ts:2: /,
    /a.ts:3: /,
    /a.ts:6: /,
  ));

test("arrows finds agent importing consul, or grpc outside its checks (invariant 2)", () =>
  planted(
    arrows,
    {
      "packages/agent/src/http/a.ts":
        'import { x } from "@consulrpc/consul";\nimport { y } from "@consulrpc/grpc";\nimport { z } from "consulrpc";',
    },
    /agent may not import consul/,
    /gRPC health check/,
    /may not import consulrpc/,
  ));

test("arrows finds imports of another package's inside (invariant 4)", () =>
  planted(
    arrows,
    {
      "packages/http2/package.json": manifest("@consulrpc/http2"),
      "packages/grpc/src/a.ts":
        'import { x } from "@consulrpc/http2/dist/frames.js";\nimport { y } from "../../http2/src/frames.js";\nimport "@consulrpc/grpc";',
    },
    /is inside http2/,
    /leaves packages\/grpc/,
    /is the package itself/,
  ));

test("edges lets the four files do what they are for, tests do as they like, and types be imported", () =>
  clean(edges, {
    "packages/a/src/socket.ts": 'import { connect } from "node:net";',
    "packages/a/src/x/disk.ts": 'import { open } from "node:fs/promises";',
    "packages/a/src/process.ts": 'process.on("SIGTERM", f);',
    "packages/a/src/clock.ts": "setTimeout(f, 1); Date.now();",
    "packages/a/src/a.test.ts": 'import net from "node:net"; Date.now();',
    "packages/a/src/a.ts":
      'import type { Socket } from "node:net"; import { isIP, isIPv6 } from "node:net"; /* Date.now() */ clock.setTimeout(f, 1); new Date(now);',
  }));

test("edges finds network, disk, processes and time in a pure file (invariant 3)", () =>
  planted(
    edges,
    {
      "packages/a/src/a.ts":
        'import { connect } from "node:net";\nimport { readFile } from "fs/promises";\nimport { spawn } from "node:child_process";\nconst now = Date.now();\nsetTimeout(f, 1);\nprocess.exit(1);\nperformance.now();',
    },
    /a.ts:1: imports node:net/,
    /a.ts:2: imports fs\/promises/,
    /a.ts:3: imports node:child_process/,
    /a.ts:4: reads the time/,
    /a.ts:5: starts a timer/,
    /a.ts:6: touches the process/,
    /a.ts:7: reads the time/,
  ));

const package_ = {
  "packages/a/package.json": manifest("@consulrpc/a", {
    exports: { ".": { default: "./dist/index.js" }, "./b": { default: "./dist/b.js" } },
  }),
  "packages/a/src/index.ts":
    'export { one, type Two, inner as three } from "./x.js";\nexport type { Four } from "./x.js";\n/** export { no } */\nexport const five = 5;',
  "packages/a/src/b.ts": "export class Six {}",
  "packages/a/exports.txt": "b: Six\nfive\none\nthree\ntype Four\ntype Two\n",
};

test("publicExports is content when the list and the entries agree", () => clean(publicExports, package_));

test("publicExports finds what is new, what is gone, and `export *`", () =>
  planted(
    publicExports,
    { ...package_, "packages/a/src/b.ts": "export class Seven {}\nexport * from './x.js';" },
    /exports \*/,
    /exports b: Seven, which exports.txt does not name/,
    /names b: Six, which is not exported any more/,
  ));

const lock = (packages: object): { "package-lock.json": string } => ({ "package-lock.json": JSON.stringify({ packages }) });

test("lockFile finds dependencies beside and above their dependents", () =>
  clean(
    lockFile,
    lock({
      "": { dependencies: { a: "1" } },
      "packages/p": { dependencies: { b: "1" } },
      "node_modules/a": { dependencies: { b: "1", c: "1" } },
      "node_modules/a/node_modules/c": {},
      "node_modules/b": { resolved: "packages/p", link: true },
    }),
  ));

test("lockFile finds an entry that is missing, and one that names a registry", () =>
  planted(
    lockFile,
    lock({
      "node_modules/a": { optionalDependencies: { "a-darwin": "1" }, resolved: "https://registry.example/a.tgz" },
      "node_modules/b/node_modules/a-darwin": {},
    }),
    /node_modules\/a depends on a-darwin/,
    /names a registry/,
  ));
