import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyFor } from "./proxy-environment.js";

const http_proxy = "http://proxy.example:3128";

test("proxyFor() takes the variable of the scheme, grpc_proxy before both, and lower case before upper", () => {
  const host = (secure: boolean, environment: NodeJS.ProcessEnv): string | undefined =>
    proxyFor("a.example", 443, secure, environment)?.host;
  assert.equal(host(false, {}), undefined);
  assert.equal(host(false, { http_proxy: "one:1", HTTPS_PROXY: "http://two:2" }), "one");
  assert.equal(host(true, { http_proxy: "one:1", HTTPS_PROXY: "http://two:2" }), "two");
  assert.equal(host(true, { grpc_proxy: "three:3", https_proxy: "two:2" }), "three");
  assert.equal(host(true, { https_proxy: "lower:1", HTTPS_PROXY: "upper:1" }), "lower");
});

test("proxyFor() reads port and credentials, and refuses schemes that it does not know", () => {
  assert.deepEqual(proxyFor("a.example", 443, false, { http_proxy: "http://me:p%40ss@proxy.example:3128" }), {
    host: "proxy.example",
    port: 3128,
    credentials: "me:p@ss",
  });
  assert.throws(() => proxyFor("a.example", 443, false, { http_proxy: "socks5://proxy.example" }), /only http:\/\/ proxies/);
});

test("proxyFor() leaves out what NO_PROXY names", () => {
  const cases: readonly (readonly [list: string, host: string, exempt: boolean])[] = [
    ["a.example", "a.example", true],
    ["a.example", "A.Example", true],
    ["a.example", "b.a.example", true],
    ["a.example", "ba.example", false],
    [".a.example, c.example", "b.a.example", true],
    ["*.a.example", "b.a.example", true],
    ["*", "anything", true],
    ["a.example:443", "a.example", true],
    ["a.example:80", "a.example", false],
    ["", "a.example", false],
    [" , ", "a.example", false],
    ["127.0.0.1", "127.0.0.1", true],
    ["10.0.0.0/8", "10.1.2.3", true],
    ["10.0.0.0/8", "11.1.2.3", false],
    ["::1", "::1", true],
    ["[::1]", "::1", true],
    ["[::1]:443", "::1", true],
    ["[::1]:80", "::1", false],
    ["fd00::/8", "fd12::3", true],
    ["fd00::/8", "fe12::3", false],
    ["10.0.0.0/99", "10.1.2.3", false],
    ["nonsense/8", "a.example", false],
  ];
  for (const [no_proxy, host, exempt] of cases) {
    assert.equal(proxyFor(host, 443, false, { http_proxy, no_proxy }) === undefined, exempt, `${no_proxy} and ${host}`);
  }
  assert.equal(proxyFor("a.example", 443, false, { http_proxy, NO_PROXY: "a.example" }), undefined);
  assert.equal(proxyFor("a.example", 443, false, { http_proxy, no_proxy: "", no_grpc_proxy: "a.example" }), undefined);
});
