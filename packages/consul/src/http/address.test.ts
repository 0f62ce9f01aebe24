import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "./address.js";

test("parseAddress() reads addresses as Consul's clients write them", () => {
  const text = (address: string, tls = false): string => parseAddress(address, tls).text;
  assert.equal(text("192.168.1.100:8500"), "http://192.168.1.100:8500");
  assert.equal(text("consul"), "http://consul:8500");
  assert.equal(text("consul", true), "https://consul:8501");
  assert.equal(text("http://consul"), "http://consul:80");
  assert.equal(text("https://consul.example/api/"), "https://consul.example:443/api");
  assert.equal(text("[::1]:8500"), "http://[::1]:8500");
  assert.equal(text("HTTP://127.0.0.1:8500"), "http://127.0.0.1:8500");
  assert.deepEqual(parseAddress("unix:///run/consul.sock"), {
    tls: false,
    host: "/run/consul.sock",
    port: 0,
    unix: true,
    prefix: "",
    text: "unix:///run/consul.sock",
  });
});

test("parseAddress() says what is wrong with an address", () => {
  for (const wrong of ["", "tcp://consul:8500", "unix://", "host:port", "http://"])
    assert.throws(() => parseAddress(wrong), TypeError, wrong);
});
