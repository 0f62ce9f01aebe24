import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { decode, encode } from "dns-packet";
import type { DnsConfig } from "../config/agent-config.js";
import type { DnsData } from "./dns-data.js";
import { type DnsServer, startDnsServer } from "./socket.js";

const node = { name: "n1", address: "10.0.0.1", meta: {} };
const data: DnsData = {
  node: (name) => (name === "n1" ? node : undefined),
  service: (name) =>
    name === "web" ? [{ node, address: "", port: 80, tags: [], weights: { Passing: 1, Warning: 1 }, status: "passing" as const }] : [],
  query: () => undefined,
  namesOf: () => [],
  servers: () => [node],
};
const dns: DnsConfig = {
  nodeTtlMs: 0,
  serviceTtl: {},
  onlyPassing: false,
  enableTruncate: false,
  disableCompression: false,
  udpAnswerLimit: 3,
  aRecordLimit: 0,
  recursorTimeoutMs: 5_000,
  nodeMetaTxt: true,
  soa: { refresh: 1, retry: 1, expire: 1, minTtl: 0 },
};

function start(recursors: readonly string[] = []): Promise<DnsServer> {
  const fixed = { data, dns, datacenter: "dc1", domain: "consul", altDomain: "", random: Math.random, now: Date.now };
  return startDnsServer({ ...fixed, hosts: ["127.0.0.1"], port: 0, recursors, warn: () => {} });
}

function resolver(port: number): Resolver {
  const client = new Resolver({ timeout: 10_000, tries: 2 });
  client.setServers([`127.0.0.1:${port}`]);
  return client;
}

test("a resolver finds a service's address and port", async () => {
  const server = await start();
  const client = resolver(server.port);
  assert.deepEqual(await client.resolve4("web.service.consul"), ["10.0.0.1"]);
  assert.deepEqual(await client.resolveSrv("web.service.consul"), [{ name: "n1.node.dc1.consul", port: 80, priority: 1, weight: 1 }]);
  await assert.rejects(client.resolve4("absent.service.consul"), { code: "ENOTFOUND" });
  await assert.rejects(client.resolve4("example.org"), { code: "EREFUSED" });
  await server.close();
});

test("what is outside goes to the recursors, one after the other", async () => {
  const recursor = createSocket("udp4").bind(0, "127.0.0.1");
  await once(recursor, "listening");
  recursor.on("message", (bytes, peer) => {
    const query = decode(bytes);
    const answers = [{ type: "A", name: query.questions[0]!.name, ttl: 1, data: "9.9.9.9" }] as const;
    recursor.send(encode({ ...query, type: "response", answers, additionals: [] }), peer.port, peer.address);
  });
  const dead = createSocket("udp4").bind(0, "127.0.0.1");
  await once(dead, "listening");
  const deadPort = dead.address().port;
  dead.close();
  const server = await start([`127.0.0.1:${deadPort}`, `127.0.0.1:${recursor.address().port}`]);
  assert.deepEqual(await resolver(server.port).resolve4("example.org"), ["9.9.9.9"]);
  await server.close();
  recursor.close();
});

test("TCP answers several questions on a connection, also in pieces; rubbish is not answered", async () => {
  const server = await start();
  const query = encode({
    id: 1,
    type: "query",
    flags: 0,
    questions: [{ type: "A", name: "n1.node.consul" }],
    answers: [],
    authorities: [],
    additionals: [],
  });
  const framed = Buffer.concat([Buffer.of(query.length >> 8, query.length & 255), query]);
  const rubbish = Buffer.from([0, 3, 1, 2, 3]);
  const client = connect(server.port, "127.0.0.1");
  const bytes = Buffer.concat([rubbish, framed, framed]);
  client.write(bytes.subarray(0, 9));
  client.write(bytes.subarray(9));
  let held = Buffer.alloc(0);
  const replies: number[] = [];
  for await (const chunk of client as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      replies.push(decode(held.subarray(2, 2 + held.readUInt16BE(0))).answers.length);
      held = held.subarray(2 + held.readUInt16BE(0));
    }
    if (replies.length === 2) break;
  }
  assert.deepEqual(replies, [1, 1]);
  await server.close();
});
