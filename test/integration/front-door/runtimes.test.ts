import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type Agent, startAgent } from "@consulrpc/agent";
import { requireForeignProgram, skipWithout } from "@consulrpc/tools";
import { compile, type InstalledFolder, installPacked, runProgram } from "./packed.js";

const run = promisify(execFile);
const RUN_MS_MAX = 60_000;

/** What each program of the fixtures prints last. */
const programs: Readonly<Record<string, RegExp>> = {
  "proto.js": /Greeting: Hello world/,
  "class.js": /hi\nwith options\n1\n2\n3\n/,
  "by-name.js": /Hello, ConsulRPC!/,
};

let installed: InstalledFolder;
let agent: Agent;

before(
  async () => {
    installed = await installPacked();
    await compile(installed.path, "bundler");
    agent = await startAgent();
  },
  { timeout: 110_000 },
);

after(async () => {
  await agent?.stop();
  await installed?.[Symbol.asyncDispose]();
});

/** Smoke tests of what is tried but not first class: a service, a class and a call by name in each. */
const runtimes: Readonly<Record<string, (file: string) => readonly string[]>> = {
  bun: (file) => [file],
  deno: (file) => ["run", "--allow-all", "--node-modules-dir=manual", file],
};

for (const [name, argumentsOf] of Object.entries(runtimes)) {
  test(`${name} runs a service and its client from packed tarballs`, { skip: skipWithout(name) }, async () => {
    for (const [file, printed] of Object.entries(programs)) {
      const { stdout } = await run(requireForeignProgram(name), argumentsOf(join(installed.path, "out", file)), {
        cwd: installed.path,
        env: { ...process.env, CONSUL_HTTP_ADDR: agent.address, XDG_CACHE_HOME: join(installed.path, "cache"), DENO_NO_UPDATE_CHECK: "1" },
        timeout: RUN_MS_MAX,
      });
      assert.match(stdout, printed, file);
    }
  });
}

test("esbuild bundles a service and its client into one file", { skip: skipWithout("esbuild") }, async () => {
  const options = ["--bundle", "--platform=node", "--format=esm", "--target=node20", "--log-level=warning"];
  const [input, output] = [join(installed.path, "class.ts"), join(installed.path, "out/bundle.js")];
  await run(requireForeignProgram("esbuild"), [input, ...options, `--outfile=${output}`], { cwd: installed.path });
  assert.equal(await runProgram(installed.path, "bundle.js", { CONSUL_HTTP_ADDR: agent.address }), "hi\nwith options\n1\n2\n3\n");
});
