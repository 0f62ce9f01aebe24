import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOptions } from "./options.js";

test("resolveOptions() reads Consul's environment, and options win over it", () => {
  const environment = {
    CONSUL_HTTP_ADDR: "a:1, https://b:2",
    CONSUL_HTTP_TOKEN: "t",
    CONSUL_HTTP_SSL: "true",
    CONSUL_HTTP_SSL_VERIFY: "0",
    CONSUL_CACERT: "/ca.pem",
    CONSUL_TLS_SERVER_NAME: "server.dc1.consul",
    CONSUL_NAMESPACE: "team",
    CONSUL_PARTITION: "part",
    CONSUL_HTTP_AUTH: "user:password",
  };
  const read = resolveOptions({}, environment);
  assert.deepEqual(
    read.addresses.map(({ text }) => text),
    ["https://a:1", "https://b:2"],
  );
  assert.equal(read.token, "t");
  assert.deepEqual(read.tls, { caFile: "/ca.pem", serverName: "server.dc1.consul", verify: false });
  assert.deepEqual([read.namespace, read.partition, read.auth], ["team", "part", "user:password"]);
  const given = resolveOptions(
    { address: ["c"], token: "mine", tls: { verify: true } },
    { ...environment, CONSUL_HTTP_TOKEN_FILE: "/file" },
  );
  assert.deepEqual([given.addresses.length, given.token, given.tokenFile, given.tls.verify], [1, "mine", undefined, true]);
  assert.equal(resolveOptions({}, { CONSUL_HTTP_TOKEN: "t", CONSUL_HTTP_TOKEN_FILE: "/file" }).tokenFile, "/file");
});

test("resolveOptions() falls back to 127.0.0.1:8500 and refuses what can never work", () => {
  assert.equal(resolveOptions({}, { CONSUL_HTTP_ADDR: "" }).addresses[0].text, "http://127.0.0.1:8500");
  assert.throws(() => resolveOptions({ address: [] }, {}), TypeError);
  assert.throws(() => resolveOptions({ timeoutMs: 0 }, {}), RangeError);
  assert.throws(() => resolveOptions({}, { CONSUL_HTTP_SSL: "perhaps" }), TypeError);
});
