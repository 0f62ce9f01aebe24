import assert from "node:assert/strict";
import { test } from "node:test";
import type { DnsData, DnsInstance } from "./dns-data.js";
import type { DnsMessage, DnsRecord, OptRecord } from "./message.js";
import { RECURSION_DESIRED, TRUNCATED } from "./message.js";
import { parseLookup, reverseAddress } from "./question.js";
import { type RespondOptions, respond } from "./respond.js";

const node = { name: "n1", address: "10.0.0.1", meta: { zone: "a", "rfc1035-note": "hello" } };
const v6 = { name: "n6", address: "2001:db8::1", meta: {} };

const instance = (over: Partial<DnsInstance>): DnsInstance => ({
  node,
  address: "",
  port: 80,
  tags: ["v1"],
  weights: { Passing: 3, Warning: 1 },
  status: "passing",
  ...over,
});

const data: DnsData = {
  node: (name) => [node, v6].find((known) => known.name === name),
  service: (name, connect) => {
    if (connect) return [];
    if (name === "web")
      return [
        instance({}),
        instance({ address: "10.0.0.9", port: 81, tags: ["V2"] }),
        instance({ status: "critical", address: "10.0.0.66" }),
      ];
    if (name === "warm") return [instance({ status: "warning" })];
    if (name === "outside") return [instance({ address: "example.org" })];
    if (name === "many") return Array.from({ length: 60 }, (_, index) => instance({ address: `10.1.0.${index + 1}` }));
    return [];
  },
  query: (name) => (name === "nearest" ? { instances: [instance({})], ttl: "7s" } : undefined),
  namesOf: (address) => (address === "10.0.0.1" ? ["n1.node.dc1"] : []),
  servers: () => [node],
};

const options: RespondOptions = {
  data,
  datacenter: "dc1",
  domain: "consul",
  altDomain: "test-domain",
  random: () => 0.999,
  now: () => 1_000_000,
  hasRecursors: false,
  dns: {
    nodeTtlMs: 5_000,
    serviceTtl: { web: "10s", "w*": "2s", "*": "1s" },
    onlyPassing: false,
    enableTruncate: true,
    disableCompression: false,
    udpAnswerLimit: 3,
    aRecordLimit: 0,
    recursorTimeoutMs: 2_000,
    nodeMetaTxt: true,
    soa: { refresh: 3_600, retry: 600, expire: 86_400, minTtl: 0 },
  },
};

function ask(
  name: string,
  type: string,
  over: Partial<RespondOptions> = {},
  transport: "udp" | "tcp" = "tcp",
  opt?: OptRecord,
): DnsMessage {
  const query: DnsMessage = {
    id: 7,
    type: "query",
    flags: RECURSION_DESIRED,
    questions: [{ name, type, class: "IN" }],
    answers: [],
    authorities: [],
    additionals: opt === undefined ? [] : [opt],
  };
  const reply = respond({ ...options, ...over }, query, transport);
  assert.ok(reply, "it is ours to answer");
  return reply;
}

const shown = (records: readonly (DnsRecord | OptRecord)[]): string[] =>
  records.map((record) => (record.type === "OPT" ? "OPT" : `${record.name} ${record.ttl} ${record.type} ${JSON.stringify(record.data)}`));

const code = (message: DnsMessage): number => message.flags & 0xf;

test("a node has its address, of the family asked for, and its meta as text", () => {
  assert.deepEqual(shown(ask("n1.node.consul", "A").answers), ['n1.node.consul 5 A "10.0.0.1"']);
  assert.deepEqual(shown(ask("n1.node.dc1.consul", "ANY").answers), [
    'n1.node.dc1.consul 5 A "10.0.0.1"',
    'n1.node.dc1.consul 5 TXT ["zone=a"]',
    'n1.node.dc1.consul 5 TXT ["hello"]',
  ]);
  assert.deepEqual(shown(ask("n6.node.consul", "AAAA").answers), ['n6.node.consul 5 AAAA "2001:db8::1"']);
  const empty = ask("n1.node.consul", "AAAA");
  assert.deepEqual([code(empty), empty.answers.length, empty.authorities[0]?.type], [0, 0, "SOA"]);
});

test("a service has its healthy instances, by tag or all, with its own TTL", () => {
  assert.deepEqual(shown(ask("web.service.consul", "A").answers), [
    'web.service.consul 10 A "10.0.0.1"',
    'web.service.consul 10 A "10.0.0.9"',
  ]);
  assert.deepEqual(shown(ask("v2.web.service.consul", "A").answers), ['v2.web.service.consul 10 A "10.0.0.9"']);
  assert.deepEqual(shown(ask("_web._v1.service.consul", "A").answers), ['_web._v1.service.consul 10 A "10.0.0.1"']);
  assert.equal(ask("_web._tcp.service.consul", "SRV").answers.length, 2);
  assert.deepEqual(shown(ask("warm.service.consul", "A").answers), ['warm.service.consul 2 A "10.0.0.1"']);
  assert.equal(code(ask("warm.service.consul", "A", { dns: { ...options.dns, onlyPassing: true } })), 3);
  assert.deepEqual(shown(ask("outside.service.consul", "A").answers), ['outside.service.consul 1 CNAME "example.org"']);
});

test("SRV names the node, or the address by its digits, and brings the address along", () => {
  const reply = ask("web.service.consul", "SRV");
  assert.deepEqual(shown(reply.answers), [
    'web.service.consul 10 SRV {"priority":1,"weight":3,"port":80,"target":"n1.node.dc1.consul"}',
    'web.service.consul 10 SRV {"priority":1,"weight":3,"port":81,"target":"0a000009.addr.dc1.consul"}',
  ]);
  assert.ok(shown(reply.additionals).includes('n1.node.dc1.consul 10 A "10.0.0.1"'));
  assert.ok(shown(reply.additionals).includes('0a000009.addr.dc1.consul 10 A "10.0.0.9"'));
});

test("names are answered in any case, and come back as they were asked", () => {
  assert.deepEqual(shown(ask("WeB.Service.CONSUL", "A").answers)[0], 'WeB.Service.CONSUL 10 A "10.0.0.1"');
});

test("prepared queries, digits, reverse names, the alternate domain", () => {
  assert.deepEqual(shown(ask("nearest.query.consul", "A").answers), ['nearest.query.consul 7 A "10.0.0.1"']);
  assert.equal(code(ask("absent.query.consul", "A")), 3);
  assert.deepEqual(shown(ask("c0a80102.addr.consul", "A").answers), ['c0a80102.addr.consul 5 A "192.168.1.2"']);
  assert.equal(ask("20010db8000000000000000000000001.addr.consul", "AAAA").answers.length, 1);
  assert.equal(code(ask("xyz.addr.consul", "A")), 3);
  assert.deepEqual(shown(ask("1.0.0.10.in-addr.arpa", "PTR").answers), ['1.0.0.10.in-addr.arpa 5 PTR "n1.node.dc1.consul"']);
  assert.equal(reverseAddress(`${"1.".padEnd(64, "0.")}ip6.arpa`), "0000:0000:0000:0000:0000:0000:0000:0001");
  assert.deepEqual(shown(ask("n1.node.test-domain", "A").answers), ['n1.node.test-domain 5 A "10.0.0.1"']);
});

test("the domain itself has SOA and NS with glue", () => {
  const soa = ask("consul", "SOA");
  assert.deepEqual([soa.answers[0]?.type, soa.authorities[0]?.type], ["SOA", "NS"]);
  const ns = ask("consul", "NS");
  assert.deepEqual(shown(ns.answers), ['consul 5 NS "n1.node.dc1.consul"']);
  assert.deepEqual(shown(ns.additionals), ['n1.node.dc1.consul 5 A "10.0.0.1"']);
});

test("what does not exist is NXDOMAIN with the SOA; another datacenter too", () => {
  for (const name of [
    "absent.service.consul",
    "absent.node.consul",
    "web.service.dc9.consul",
    "x.consul",
    "service.consul",
    "web.virtual.consul",
  ]) {
    const reply = ask(name, "A");
    assert.deepEqual([code(reply), reply.authorities[0]?.type], [3, "SOA"], name);
  }
});

test("outside the domain: REFUSED without recursors, theirs with", () => {
  assert.equal(code(ask("example.org", "A")), 5);
  const query: DnsMessage = {
    id: 1,
    type: "query",
    flags: 0,
    questions: [{ name: "example.org", type: "A" }],
    answers: [],
    authorities: [],
    additionals: [],
  };
  assert.equal(respond({ ...options, hasRecursors: true }, query, "udp"), undefined);
  assert.equal(code(respond(options, { ...query, questions: [] }, "udp")!), 1);
  assert.equal(code(respond(options, { ...query, flags: 2 << 11 }, "udp")!), 4);
});

test("UDP answers are cut to three, or to what EDNS says, and say so; TCP has them all", () => {
  const plain = ask("many.service.consul", "A", {}, "udp");
  assert.deepEqual([plain.answers.length, plain.flags & TRUNCATED], [3, TRUNCATED]);
  const opt: OptRecord = { type: "OPT", name: ".", udpPayloadSize: 1_232, flags: 0, options: [] };
  const edns = ask("many.service.consul", "A", {}, "udp", opt);
  assert.ok(edns.answers.length > 20 && edns.answers.length < 60, String(edns.answers.length));
  assert.equal(edns.additionals.at(-1)?.type, "OPT");
  assert.equal(ask("many.service.consul", "A", {}, "tcp").answers.length, 60);
  assert.equal(ask("many.service.consul", "A", { dns: { ...options.dns, enableTruncate: false } }, "udp").flags & TRUNCATED, 0);
  const srv = ask("many.service.consul", "SRV", {}, "udp", opt);
  const targets = new Set(srv.answers.map((record) => (record.type === "SRV" ? record.data.target : "")));
  assert.ok(
    srv.additionals.every((record) => record.type === "OPT" || targets.has(record.name)),
    "only what the answers left need",
  );
});

test("parseLookup() never throws on what it does not know", () => {
  for (const labels of [[], ["a"], ["service"], ["node", "dc1"], ["a", "b", "c"], ["addr"], ["", "service"]]) parseLookup(labels);
});
