import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "@consulrpc/grpc";
import { EndpointList } from "./endpoint-list.js";

const endpoint = (id: string, address = `${id}:1`): Endpoint => ({ id, address, weight: 1, tags: [], metadata: {} });
const some = (...ids: readonly string[]): Endpoint[] => ids.map((id) => endpoint(id));
const ids = (list: EndpointList): string => list.endpoints.map(({ id }) => id).join("");

test("EndpointList believes additions and removals at once, also that of the last instance", () => {
  const list = new EndpointList();
  list.observe({ nowMs: 0, healthy: some("a", "b"), registered: undefined });
  assert.equal(ids(list), "ab");
  list.observe({ nowMs: 1, healthy: some("b"), registered: undefined });
  assert.equal(ids(list), "b");
  assert.equal(list.observe({ nowMs: 2, healthy: [], registered: undefined }), Number.POSITIVE_INFINITY);
  assert.equal(ids(list), "");
});

test("EndpointList keeps what is absent from a Consul that was away, for a bounded time", () => {
  const list = new EndpointList({ recoveryMs: 1_000 });
  list.observe({ nowMs: 0, healthy: some("a", "b"), registered: undefined });
  list.troubled(100);
  assert.equal(list.observe({ nowMs: 100, healthy: [], registered: new Set() }), 1_100);
  assert.equal(ids(list), "ab");
  list.observe({ nowMs: 200, healthy: some("b", "c"), registered: undefined });
  assert.equal(ids(list), "bca");
  list.observe({ nowMs: 1_100, healthy: some("b", "c"), registered: undefined });
  assert.equal(ids(list), "bc");
});

test("EndpointList lets go of an absent instance whose address came back under another id", () => {
  const list = new EndpointList();
  list.observe({ nowMs: 0, healthy: [endpoint("old", "h:1")], registered: undefined });
  list.troubled(1);
  list.observe({ nowMs: 2, healthy: [endpoint("new", "h:1")], registered: undefined });
  assert.equal(ids(list), "new");
});

test("EndpointList doubts a majority that turned critical at once, and never a deregistration", () => {
  const list = new EndpointList({ doubtMs: 1_000 });
  list.observe({ nowMs: 0, healthy: some("a", "b", "c"), registered: undefined });
  assert.equal(list.wantsRegistered(some("a")), true);
  list.observe({ nowMs: 10, healthy: some("a"), registered: new Set(["a", "b"]) });
  assert.equal(ids(list), "ab", "b is critical and kept, c was deregistered");
  list.observe({ nowMs: 1_010, healthy: some("a"), registered: undefined });
  assert.equal(ids(list), "a");
  const small = new EndpointList();
  small.observe({ nowMs: 0, healthy: some("a", "b"), registered: undefined });
  assert.equal(small.wantsRegistered([]), false, "two are no majority to doubt");
  const trusting = new EndpointList({ doubtMs: 0 });
  trusting.observe({ nowMs: 0, healthy: some("a", "b", "c"), registered: undefined });
  assert.equal(trusting.wantsRegistered([]), false, "the rule can be turned off");
});

test("EndpointList makes a flapping instance wait until it stays, unless there is no other", () => {
  const list = new EndpointList({ flapWindowMs: 10_000, flapHoldMs: 500 });
  let nowMs = 0;
  const flap = (times: number): void => {
    for (let time = 0; time < times; time++) {
      list.observe({ nowMs: nowMs++, healthy: some("a"), registered: undefined });
      list.observe({ nowMs: nowMs++, healthy: some("a", "f"), registered: undefined });
    }
  };
  flap(3);
  assert.equal(ids(list), "af", "two returns are no flapping");
  list.observe({ nowMs: nowMs++, healthy: some("a"), registered: undefined });
  const readyAtMs = list.observe({ nowMs, healthy: some("a", "f"), registered: undefined });
  assert.equal(ids(list), "a");
  assert.equal(readyAtMs, nowMs + 500);
  list.observe({ nowMs: readyAtMs, healthy: some("a", "f"), registered: undefined });
  assert.equal(ids(list), "af");
  list.observe({ nowMs: readyAtMs + 1, healthy: some("a"), registered: undefined });
  list.observe({ nowMs: readyAtMs + 2, healthy: [], registered: undefined });
  list.observe({ nowMs: readyAtMs + 3, healthy: some("f"), registered: undefined });
  assert.equal(ids(list), "f", "better a flapping instance than none");
});
