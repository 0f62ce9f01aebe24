import assert from "node:assert/strict";
import { test } from "node:test";
import { type Machine, resolveConfig } from "./agent-config.js";
import { apiShape } from "./definition-shape.js";
import { parseAgentFlags } from "./flags.js";
import { mergeConfig, parseConfig, type RawConfig } from "./raw-config.js";

const machine: Machine = {
  hostname: "box",
  privateAddresses: ["10.0.0.5", "192.168.1.7"],
  publicAddresses: ["9.9.9.9"],
  interfaceAddresses: (name) => (name === "eth0" ? ["10.0.0.5"] : []),
};

const resolve = (argv: readonly string[], ...files: readonly RawConfig[]) => {
  const flags = parseAgentFlags(argv);
  return resolveConfig([...files, flags.config], flags.isDev, machine);
};

test("parseAgentFlags() takes -name v, -name=v, --name v, switches, and lists that grow", () => {
  const { config, isDev, configPaths } = parseAgentFlags(
    "-dev --node n1 -http-port=81 -recursor 1.1.1.1 -recursor=8.8.8.8 -node-meta a:b -node-meta=c:d:e -config-file x -config-dir=y -ui=false -server".split(
      " ",
    ),
  );
  assert.equal(isDev, true);
  assert.deepEqual(configPaths, ["x", "y"]);
  assert.deepEqual(config, {
    node_name: "n1",
    ports: { http: 81 },
    recursors: ["1.1.1.1", "8.8.8.8"],
    node_meta: { a: "b", c: "d:e" },
    ui_config: { enabled: false },
    server: true,
  });
});

for (const [argv, message] of [
  [["-nonsense"], "flag provided but not defined: -nonsense"],
  [["-constructor=1"], "flag provided but not defined: -constructor"],
  [["-node"], "flag needs an argument: -node"],
  [["-http-port=x"], 'invalid value "x" for flag -http-port: parse error'],
  [["-dev=maybe"], 'invalid boolean value "maybe" for -dev: parse error'],
  [["leave"], 'Unexpected extra arguments: ["leave"]'],
] as const) {
  test(`parseAgentFlags() refuses ${argv.join(" ")}`, () => assert.throws(() => parseAgentFlags(argv), { message }));
}

for (const [argv, message] of [
  [["-dev", "-client=0.0.0.0:8500"], "client_addr: invalid ip address: 0.0.0.0:8500 (the port goes into -http-port=8500)"],
  [["-dev", "-bind=nowhere"], "bind_addr: invalid ip address: nowhere"],
  [["-dev", "-bind=10.0.0.1 10.0.0.2"], "bind_addr cannot contain multiple addresses. Use 'addresses.{dns,http,https}' instead."],
  [["-dev", "-advertise=0.0.0.0"], "Advertise address cannot be 0.0.0.0, :: or [::]"],
  [["-server"], "data_dir cannot be empty"],
  [["-dev", "-datacenter=A B"], 'datacenter can only contain lowercase alphanumeric, - or _ characters. received: "A B"'],
  [["-dev", "-log-level=loud"], "Invalid log level: LOUD. Valid log levels are: [TRACE DEBUG INFO WARN ERROR]"],
] as const) {
  test(`resolveConfig() refuses ${argv.join(" ")}`, () => assert.throws(() => resolve(argv), { name: "ConfigError", message }));
}

test("resolveConfig() refuses to be one of three servers", () => {
  assert.throws(() => resolve(["-server", "-bootstrap-expect=3", "-data-dir=/x"]), /bootstrap_expect = 3: this agent is a single node/);
});

test("resolveConfig() gives Consul's defaults, and -dev's", () => {
  const server = resolve(["-server", "-data-dir=/x"]);
  assert.equal(server.advertiseAddress, "10.0.0.5");
  assert.deepEqual(server.addresses, { http: [{ host: "127.0.0.1" }], https: [{ host: "127.0.0.1" }], dns: ["127.0.0.1"] });
  assert.deepEqual([server.ports.http, server.ports.https, server.ports.dns], [8500, -1, 8600]);
  assert.deepEqual([server.leavesOnInterrupt, server.leavesOnTerminate, server.logLevel, server.hasUi], [false, false, "info", false]);
  const dev = resolve(["-dev", "-client=0.0.0.0", '-bind={{ GetInterfaceIP "eth0" }}']);
  assert.deepEqual([dev.bindAddress, dev.advertiseAddress, dev.logLevel, dev.hasUi], ["10.0.0.5", "10.0.0.5", "debug", true]);
  assert.deepEqual(dev.addresses.http, [{ host: "0.0.0.0" }]);
  assert.equal(dev.dataDirectory, undefined);
});

test("resolveConfig() accepts what the Go client's suite writes, with no word about it", () => {
  const config = resolve([], {
    node_name: "node-1",
    node_id: "5e1b0c8a-0b6a-4f6e-8b57-1d0f8e1a2b3c",
    performance: { raft_multiplier: 1 },
    bootstrap: true,
    server: true,
    data_dir: "/tmp/x",
    segments: null,
    disable_update_check: true,
    log_level: "debug",
    bind_addr: "127.0.0.1",
    addresses: {},
    ports: { dns: 1, http: 2, https: 3, serf_lan: 4, serf_wan: 5, server: 6, grpc: 7, grpc_tls: 8 },
    acl: { tokens: {} },
    connect: { enabled: true, ca_config: { cluster_id: "11111111-2222-3333-4444-555555555555" } },
    skip_leave_on_interrupt: true,
    peering: { enabled: true },
    version: "1.21.0",
  });
  assert.deepEqual(config.warnings, []);
  assert.equal(config.ports.https, 3);
  assert.equal(config.clusterId, "11111111-2222-3333-4444-555555555555");
});

test("resolveConfig() says in one line which known keys mean nothing on one node", () => {
  const { warnings } = resolve(["-dev"], { retry_interval: "3s", gossip_lan: { gossip_nodes: 3 }, dns_config: { allow_stale: true } });
  assert.deepEqual(warnings, [
    "accepted, and without effect on a single node: dns_config.allow_stale, retry_interval, gossip_lan.gossip_nodes",
  ]);
});

test("resolveConfig() names the key whose value it cannot use", () => {
  assert.throws(() => resolve(["-dev"], { ports: { http: "many" } }), { message: 'ports.http: want a number, found "many"' });
  assert.throws(() => resolve(["-dev"], { max_query_time: "long" }), { message: 'max_query_time: want a duration as "10s", found "long"' });
});

test("parseConfig() names unknown keys, also within groups", () => {
  assert.throws(() => parseConfig('{"nod_name":"a","dns_config":{"nod_ttl":"1s","soa":{"x":1}},"telemetry":{"any":1}}', "a.json"), {
    message:
      "failed to parse a.json: 3 errors occurred:\n\t* invalid config key nod_name\n\t* invalid config key dns_config.nod_ttl\n\t* invalid config key dns_config.soa.x",
  });
  assert.throws(() => parseConfig("[]", "a.json"), /must hold one object/);
  assert.throws(() => parseConfig("{", "a.json"), /failed to parse a\.json/);
});

test("mergeConfig() lays objects over each other, appends lists, replaces the rest", () => {
  const merged = mergeConfig(
    parseConfig('{"service":{"name":"a"},"ports":{"http":1,"dns":2},"datacenter":"x"}', "1"),
    parseConfig('{"services":[{"name":"b"}],"service":{"name":"c"},"ports":{"http":3},"datacenter":"y"}', "2"),
  );
  assert.deepEqual(merged, {
    services: [{ name: "a" }, { name: "b" }, { name: "c" }],
    checks: [],
    ports: { http: 3, dns: 2 },
    datacenter: "y",
  });
});

test("apiShape() turns a file's service into the API's", () => {
  assert.deepEqual(
    apiShape({
      id: "a",
      name: "web",
      enable_tag_override: true,
      meta: { my_key: "v" },
      tagged_addresses: { lan_v4: { address: "1.1.1.1", port: 1 } },
      check: { http: "http://x", tls_skip_verify: true, deregister_critical_service_after: "1m", header: { x_a: ["b"] } },
      checks: [{ args: ["true"], interval: "10s" }],
    }),
    {
      ID: "a",
      Name: "web",
      EnableTagOverride: true,
      Meta: { my_key: "v" },
      TaggedAddresses: { lan_v4: { Address: "1.1.1.1", Port: 1 } },
      Check: { HTTP: "http://x", TLSSkipVerify: true, DeregisterCriticalServiceAfter: "1m", Header: { x_a: ["b"] } },
      Checks: [{ Args: ["true"], Interval: "10s" }],
    },
  );
});
