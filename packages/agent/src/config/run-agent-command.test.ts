import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runAgentCommand } from "./run-agent-command.js";

interface Running {
  readonly url: string;
  readonly lines: readonly string[];
  stop(): Promise<number>;
}

async function start(...argv: readonly string[]): Promise<Running> {
  const lines: string[] = [];
  const stopping = new AbortController();
  let url = "";
  let ready: () => void = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const exited = runAgentCommand(["-http-port=0", "-dns-port=-1", "-node=n1", "-bind=127.0.0.1", ...argv], {
    out: (line) => {
      lines.push(line);
      const found = /running! HTTP on (\S+)/.exec(line)?.[1];
      if (found === undefined) return;
      url = `http://${found}`;
      ready();
    },
    err: (line) => lines.push(line),
    environment: {},
    signal: stopping.signal,
  });
  await Promise.race([isReady, exited.then((code) => Promise.reject(new Error(`exit ${code}: ${lines.join("\n")}`)))]);
  return {
    url,
    lines,
    stop: () => {
      stopping.abort();
      return exited;
    },
  };
}

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "agent-command-"));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const services = async (url: string): Promise<string[]> =>
  Object.keys((await (await fetch(`${url}/v1/agent/services`)).json()) as object).sort();

test("runAgentCommand() keeps what was written across a restart, and the node's id", () =>
  inDirectory(async (directory) => {
    const pid = join(directory, "pid");
    const first = await start("-server", `-data-dir=${directory}/data`, `-pid-file=${pid}`);
    assert.equal(readFileSync(pid, "utf8"), String(process.pid));
    await fetch(`${first.url}/v1/kv/a`, { method: "PUT", body: "kept" });
    const id = (await (await fetch(`${first.url}/v1/agent/self`)).json()) as { Config: { NodeID: string } };
    assert.equal(await first.stop(), 0);
    assert.equal(existsSync(pid), false);
    const second = await start("-server", `-data-dir=${directory}/data`);
    assert.equal(await (await fetch(`${second.url}/v1/kv/a?raw`)).text(), "kept");
    const again = (await (await fetch(`${second.url}/v1/agent/self`)).json()) as typeof id;
    assert.equal(again.Config.NodeID, id.Config.NodeID);
    await second.stop();
  }));

test("runAgentCommand() refuses a directory that another agent uses", () =>
  inDirectory(async (directory) => {
    const first = await start("-server", `-data-dir=${directory}`);
    await assert.rejects(start("-server", `-data-dir=${directory}`), /in use by process/);
    await first.stop();
  }));

test("runAgentCommand() registers services of files, again after a reload, and forgets those that left the file between two runs", () =>
  inDirectory(async (directory) => {
    const file = join(directory, "services.json");
    const write = (...names: readonly string[]) => writeFile(file, JSON.stringify({ services: names.map((name) => ({ name, port: 1 })) }));
    await write("one", "two");
    const first = await start("-server", `-data-dir=${directory}/data`, `-config-file=${file}`);
    assert.deepEqual(await services(first.url), ["one", "two"]);
    await write("two", "three");
    assert.equal((await fetch(`${first.url}/v1/agent/reload`, { method: "PUT" })).status, 200);
    assert.deepEqual(await services(first.url), ["three", "two"]);
    await first.stop();
    await write("three");
    const second = await start("-server", `-data-dir=${directory}/data`, `-config-dir=${directory}`);
    assert.deepEqual(await services(second.url), ["three"]);
    await second.stop();
  }));

test("runAgentCommand() refuses what it cannot use, with a sentence and exit code 1", async () => {
  const said: string[] = [];
  const run = (...argv: readonly string[]) => runAgentCommand(argv, { out: () => {}, err: (line) => said.push(line), environment: {} });
  assert.equal(await run("-dev", "-client=0.0.0.0:8500"), 1);
  assert.match(said[0]!, /client_addr: invalid ip address: 0\.0\.0\.0:8500.*-http-port/);
  assert.equal(await run("-dev", "-config-file=/no/such/file.json"), 1);
  assert.match(said[1]!, /failed to read \/no\/such\/file\.json/);
  assert.equal(await run("-dev", "-no-such-flag"), 1);
});
