import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Agent, startAgent } from "@consulrpc/agent";
import { foreignProgram, skipWithout } from "@consulrpc/tools";
import { compile, type InstalledFolder, installPacked, runProgram } from "./packed.js";

/** The oldest supported Node runs this test itself. */
const versions: Readonly<Record<string, string | undefined>> = {
  [`node-${process.versions.node}`]: process.execPath,
  "node-22": foreignProgram("node-22"),
  "node-24": foreignProgram("node-24"),
  "node-26": foreignProgram("node-26"),
};

const PACKAGES = ["consulrpc", "@consulrpc/grpc", "@consulrpc/grpc/proto", "@consulrpc/consul", "@consulrpc/agent", "@consulrpc/http2"];

let installed: InstalledFolder;
let agent: Agent;

before(
  async () => {
    installed = await installPacked();
    await compile(installed.path, "node16");
    writeFileSync(
      join(installed.path, "required.cjs"),
      `for (const name of ${JSON.stringify(PACKAGES)}) if (Object.keys(require(name)).length === 0) throw new Error(name);\n`,
    );
    agent = await startAgent();
  },
  { timeout: 110_000 },
);

after(async () => {
  await agent?.stop();
  await installed?.[Symbol.asyncDispose]();
});

for (const [name, node] of Object.entries(versions)) {
  const skip = node === undefined ? skipWithout(name) : false;

  test(`${name} serves, connects and calls by name from packed tarballs`, { skip }, async () => {
    const environment = { CONSUL_HTTP_ADDR: agent.address };
    assert.match(await runProgram(installed.path, "proto.js", environment, node), /^Greeting: Hello world$/m);
    assert.match(await runProgram(installed.path, "class.js", environment, node), /^hi$/m);
    assert.match(await runProgram(installed.path, "by-name.js", environment, node), /Hello, ConsulRPC!/);
  });

  test(`${name} takes every package by require(), and the command line runs`, { skip }, () => {
    execFileSync(node ?? "", ["--no-warnings", "required.cjs"], { cwd: installed.path, stdio: ["ignore", "ignore", "pipe"] });
    const help = execFileSync(node ?? "", [join(installed.path, "node_modules/consulrpc/dist/cli/process.js"), "--help"], {
      encoding: "utf8",
    });
    assert.match(help, /usage: consulrpc COMMAND/);
  });
}
