import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Consul } from "@consulrpc/consul";
import { connect } from "consulrpc";
import { end, eventually, registries } from "../discovery/registries.js";

const PROGRAM = fileURLToPath(new URL("./served-process.js", import.meta.url));
const SERVICE = "process.Slow";
const WORKERS = 2;

interface Slow {
  finish(): Promise<string>;
  whoAmI(): Promise<number>;
}

/** Resolves when it serves and is registered. */
async function started(consul: string, args: readonly string[] = []): Promise<ChildProcess> {
  const child = fork(PROGRAM, args, { env: { ...process.env, CONSUL_HTTP_ADDR: consul } });
  const [said] = await Promise.race([once(child, "message"), once(child, "exit")]);
  assert.equal(said, "serving");
  return child;
}

for (const setup of registries) {
  test(`a SIGTERM deregisters first, lets a call finish, and ends with 0 (${setup.name})`, { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    await using consul = new Consul({ address: registry.address, environment: {} });
    const child = await started(registry.address);
    try {
      await using client = connect<Slow>(SERVICE, { consul, lastGood: false });
      const called = once(child, "message");
      const answer = Promise.resolve(client.finish());
      assert.equal((await called)[0], "called");
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await eventually("it is deregistered", async () => (await consul.catalog.service(SERVICE)).length === 0);
      assert.equal(child.exitCode, null, "it waits for its call");
      child.send("finish");
      assert.equal(await answer, "finished");
      assert.deepEqual(await exited, [0, null]);
    } finally {
      await end(child);
    }
  });

  test(`each worker of a cluster registers with its own port and id (${setup.name})`, { skip: setup.skip }, async () => {
    await using registry = await setup.start();
    await using consul = new Consul({ address: registry.address, environment: {} });
    const primary = await started(registry.address, [String(WORKERS)]);
    try {
      const instances = await consul.catalog.service(SERVICE);
      assert.equal(new Set(instances.map(({ ServiceID }) => ServiceID)).size, WORKERS);
      assert.equal(new Set(instances.map(({ ServicePort }) => ServicePort)).size, WORKERS);
      await using client = connect<Slow>(SERVICE, { consul, lastGood: false });
      const answered = new Set<number>();
      await eventually("every worker answers", async () => answered.add(await client.whoAmI()).size === WORKERS);
      const exited = once(primary, "exit");
      primary.kill("SIGTERM");
      assert.deepEqual(await exited, [0, null]);
      assert.deepEqual(await consul.catalog.service(SERVICE), []);
    } finally {
      await end(primary);
    }
  });
}
