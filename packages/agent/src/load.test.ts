import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { startAgent } from "./start-agent.js";

const WATCHERS = 1_000;

/** A blocking query on a connection of its own; counts what comes back. */
async function watch(port: number, path: string, told: () => void): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  socket.once("data", told);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
  return socket;
}

test("a thousand watchers of a thousand keys: each is told of its own key only", async () => {
  await using agent = await startAgent();
  const index = (await fetch(`${agent.url}/v1/kv/w/0`)).headers.get("x-consul-index");
  const told = new Set<number>();
  let all: () => void = () => {};
  const sockets: Socket[] = [];
  for (let at = 0; at < WATCHERS; at++) {
    const path = `/v1/kv/w/${at}?index=${index}&wait=5m`;
    sockets.push(
      await watch(agent.ports.http, path, () => {
        told.add(at);
        if (told.size === WATCHERS / 10) all();
      }),
    );
  }
  const done = new Promise<void>((resolve) => {
    all = resolve;
  });
  // Answered on another connection: everything sent before has been read by then.
  await (await fetch(`${agent.url}/v1/status/leader`)).text();
  for (let at = 0; at < WATCHERS; at += 10) await (await fetch(`${agent.url}/v1/kv/w/${at}`, { method: "PUT", body: "1" })).text();
  await done;
  assert.ok([...told].every((at) => at % 10 === 0));
  for (const socket of sockets) socket.destroy();
});

const hostile: Readonly<Record<string, string>> = {
  "a deep array": `PUT /v1/txn HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n${"[".repeat(200_000)}`,
  "a deep object": `PUT /v1/agent/service/register HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n${'{"a":'.repeat(60_000)}`,
  "a number of a million digits": `PUT /v1/catalog/deregister HTTP/1.1\r\nHost: x\r\nContent-Length: 1000002\r\n\r\n${"9".repeat(1_000_000)}e1`,
  "a million quotes in a string without end": `PUT /v1/catalog/deregister HTTP/1.1\r\nHost: x\r\nContent-Length: 1000017\r\n\r\n${"9".repeat(16)}"${'\\"'.repeat(500_000)}`,
  "a deep filter": `GET /v1/catalog/services?filter=${"(".repeat(30_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  "a prototype": 'PUT /v1/session/create HTTP/1.1\r\nHost: x\r\nContent-Length: 34\r\n\r\n{"__proto__":{"Name":"polluted"}} ',
  "a huge announced body": "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
  "many parameters": `GET /v1/kv/a?${"a=b&".repeat(15_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
};

for (const [what, request] of Object.entries(hostile)) {
  test(`the agent answers ${what} and goes on`, async () => {
    await using agent = await startAgent();
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: agent.ports.http }, () => socket.write(request));
      socket.once("error", reject);
      socket.once("data", (bytes) => {
        resolve(bytes.toString("latin1"));
        socket.destroy();
      });
    });
    assert.match(answer, /^HTTP\/1\.1 (?:200|400|404|413|431|500) /);
    assert.equal((await fetch(`${agent.url}/v1/status/leader`)).status, 200);
    assert.equal(({} as { Name?: string }).Name, undefined);
  });
}
