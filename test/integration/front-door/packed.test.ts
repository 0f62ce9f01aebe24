import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Consul } from "@consulrpc/consul";
import { registries } from "../discovery/registries.js";
import { compile, type InstalledFolder, installPacked, runProgram } from "./packed.js";

let installed: InstalledFolder;

before(
  async () => {
    installed = await installPacked();
    await compile(installed.path, "bundler");
    await compile(installed.path, "node16");
  },
  { timeout: 110_000 },
);

after(async () => {
  await installed?.[Symbol.asyncDispose]();
});

const programs: Readonly<Record<string, string>> = {
  "proto.js": "Greeting: Hello world\n",
  "class.js": "hi\nwith options\n1\n2\n3\n",
  "by-name.js": "Hello, ConsulRPC!\n{ reply: 'hi, ConsulRPC!' }\n",
};

for (const setup of registries) {
  test(`the ten-line programs work from packed tarballs, end by themselves, and leave nothing in Consul (${setup.name})`, {
    skip: setup.skip,
  }, async () => {
    await using registry = await setup.start();
    await using consul = new Consul({ address: registry.address, environment: {} });
    for (const [file, printed] of Object.entries(programs)) {
      assert.equal(await runProgram(installed.path, file, { CONSUL_HTTP_ADDR: `http://${registry.address}` }), printed, file);
      assert.deepEqual(Object.keys(await consul.agent.services()), [], file);
    }
  });
}
