import assert from "node:assert/strict";
import { test } from "node:test";
import { Consul } from "../consul-client.js";
import { answer, type Plant, PlantedServer, wirePair } from "../planted-server.js";
import type { Watch } from "./watch.js";
import { watch } from "./watch.js";

const environment = {};

/** A watch of the key "k" on a planted server, as strings. */
async function watching(
  plant: Plant,
  use: (values: AsyncIterator<string | undefined>, server: PlantedServer, held: Watch<string | undefined>) => Promise<void>,
): Promise<void> {
  await using server = await PlantedServer.start(plant);
  const consul = new Consul({ address: server.address, environment });
  const held = watch(consul.kv.getString, "k");
  try {
    await use(held[Symbol.asyncIterator](), server, held);
  } finally {
    held.close();
    consul.close();
  }
}

/** Blocks until `index` is passed, as Consul does. */
class Store {
  private readonly waiting = new Set<() => void>();
  index = 10;
  value = "a";

  readonly plant: Plant = ({ query }, response) => {
    const send = (): void => answer(response, this.index, wirePair("k", this.value, this.index));
    if (Number(query.get("index") ?? 0) < this.index) return send();
    this.waiting.add(send);
    response.on("close", () => this.waiting.delete(send));
  };

  set(value: string, index: number): void {
    this.value = value;
    this.index = index;
    for (const send of this.waiting) send();
    this.waiting.clear();
  }
}

test("watch() gives the first value, then each change, and asks with the index of the last answer", async () => {
  const store = new Store();
  await watching(store.plant, async (values, server, held) => {
    assert.equal((await values.next()).value, "a");
    const next = values.next();
    while (server.requests.length < 2) await new Promise(setImmediate);
    assert.equal(server.requests[1]?.query.get("index"), "10");
    store.set("b", 11);
    assert.equal((await next).value, "b");
    assert.equal(held.current, "b");
    assert.equal(held.state.status, "current");
  });
});

test("watch() conflates: who was away gets the latest value, not the history", async () => {
  const store = new Store();
  await watching(store.plant, async (values, server) => {
    assert.equal((await values.next()).value, "a");
    for (let at = 1; at <= 4; at++) {
      while (server.requests.length < at + 1) await new Promise(setImmediate);
      store.set(`v${at}`, 10 + at);
    }
    while (server.requests.length < 6) await new Promise(setImmediate);
    assert.equal((await values.next()).value, "v4");
  });
});

test("watch() starts again when the index went back, and misses no final state", async () => {
  const store = new Store();
  await watching(store.plant, async (values, server) => {
    assert.equal((await values.next()).value, "a");
    while (server.requests.length < 2) await new Promise(setImmediate);
    store.set("restored", 3);
    assert.equal((await values.next()).value, "restored");
    while (server.requests.length < 4) await new Promise(setImmediate);
    assert.equal(server.requests[2]?.query.get("index"), null, "asked without an index");
    assert.equal(server.requests[3]?.query.get("index"), "3");
  });
});

/** Requests that came while a server misbehaves for `ms`. */
async function requestsWithin(ms: number, plant: Plant): Promise<number> {
  let count = 0;
  await watching(plant, async (_, server) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    count = server.requests.length;
  });
  return count;
}

// One watch may send 5 at once and 10 a second; a loop without a bound would send thousands.
const REQUESTS_MAX = 25;

test("watch() stays within its pace when the index repeats, is zero, missing, lowered each time or jumps each time", async () => {
  const plants: Readonly<Record<string, Plant>> = {
    repeats: (_, response) => answer(response, 7, wirePair("k", "v", 7)),
    zero: (_, response) => answer(response, 0, wirePair("k", "v", 0)),
    missing: (_, response) => answer(response, undefined, wirePair("k", "v", 0)),
    lowered: ({ nth }, response) => answer(response, 1_000_000 - nth, wirePair("k", "v", 1)),
    jumps: ({ nth }, response) => answer(response, 10 ** 6 * (nth + 1), wirePair("k", String(nth), 1)),
    errors: (_, response) => answer(response, undefined, "boom", 500),
    garbage: (_, response) => answer(response, 7, "[{"),
    truncated: (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("[");
      response.socket?.destroy();
    },
  };
  for (const [name, plant] of Object.entries(plants)) {
    const count = await requestsWithin(1_000, plant);
    assert.ok(count >= 2 && count <= REQUESTS_MAX, `${name}: ${count} requests in a second`);
  }
});

test("watch() shows errors as state and goes on when they are over", async () => {
  const states: string[] = [];
  const store = new Store();
  await using server = await PlantedServer.start(store.plant);
  const consul = new Consul({ address: server.address, environment });
  await using held = watch(consul.kv.getString, "k", { onState: ({ status, error }) => states.push(`${status} ${error?.status ?? ""}`) });
  const values = held[Symbol.asyncIterator]();
  assert.equal((await values.next()).value, "a");
  while (server.requests.length < 2) await new Promise(setImmediate);
  let left = 3;
  server.replant((request, response) =>
    left-- > 0 ? answer(response, undefined, "rate limit reached", 429) : store.plant(request, response),
  );
  store.set("b", 11);
  await values.next();
  store.set("c", 12);
  assert.equal((await values.next()).value, "c");
  while (held.state.status !== "current") await new Promise(setImmediate);
  assert.ok(states.includes("failing 429"), states.join(", "));
  consul.close();
});

test("watch() ignores an answer that is cut off, and takes the next one", async () => {
  const store = new Store();
  await watching(
    (request, response) => {
      if (request.nth !== 1) return store.plant(request, response);
      response.writeHead(200, { "x-consul-index": "99", "content-length": "500" });
      response.write('[{"Key":"k"');
      setTimeout(() => response.socket?.destroy(), 10);
    },
    async (values) => {
      assert.equal((await values.next()).value, "a");
      store.set("b", 11);
      assert.equal((await values.next()).value, "b");
    },
  );
});

test("equal watches share one query, and equal values are not repeated", async () => {
  const store = new Store();
  await using server = await PlantedServer.start(store.plant);
  const consul = new Consul({ address: server.address, environment });
  const all = Array.from({ length: 50 }, () => watch(consul.kv.getString, "k"));
  const iterators = all.map((one) => one[Symbol.asyncIterator]());
  assert.deepEqual(new Set((await Promise.all(iterators.map((one) => one.next()))).map(({ value }) => value)), new Set(["a"]));
  while (server.requests.length < 2) await new Promise(setImmediate);
  const next = Promise.all(iterators.map((one) => one.next()));
  store.set("a", 11);
  while (server.requests.length < 3) await new Promise(setImmediate);
  store.set("b", 12);
  assert.deepEqual(new Set((await next).map(({ value }) => value)), new Set(["b"]));
  for (const one of all) one.close();
  assert.ok(server.requests.length <= 4, `${server.requests.length} requests for 50 watches`);
  consul.close();
});

test("watch() ends with its signal, with close() and when an iteration is left", async () => {
  const store = new Store();
  await using server = await PlantedServer.start(store.plant);
  const consul = new Consul({ address: server.address, environment });
  const stop = new AbortController();
  const seen: (string | undefined)[] = [];
  const ended = (async () => {
    for await (const value of watch(consul.kv.getString, "k", { signal: stop.signal })) seen.push(value);
  })();
  while (seen.length === 0) await new Promise(setImmediate);
  stop.abort();
  await ended;
  for await (const _ of watch(consul.kv.getString, "k")) break;
  const held = watch(consul.kv.getString, "k");
  const next = held[Symbol.asyncIterator]().next();
  consul.close();
  assert.equal((await next).done, true);
});

test("a path to Consul that went silent is noticed, given up, and left behind when it speaks again", async () => {
  const store = new Store();
  let silent = false;
  await using server = await PlantedServer.start(
    (request, response) => {
      if (silent) return;
      if (request.path === "/v1/status/leader") return answer(response, undefined, '"leader"');
      store.plant(request, response);
    },
    { probes: true },
  );
  const consul = new Consul({ address: server.address, environment });
  await using held = watch(consul.kv.getString, "k");
  const values = held[Symbol.asyncIterator]();
  assert.equal((await values.next()).value, "a");
  silent = true;
  // the poll that is under way never hears of this: its connection is a black hole
  store.value = "b";
  store.index = 11;
  while (held.state.status !== "failing") await new Promise((resolve) => setTimeout(resolve, 20));
  silent = false;
  const backAtMs = performance.now();
  assert.equal((await values.next()).value, "b");
  assert.ok(performance.now() - backAtMs < 5_000);
  consul.close();
});
