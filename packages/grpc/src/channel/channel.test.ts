import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { classMethod } from "../contract/class-contract.js";
import type { Handler } from "../server/handler.js";
import type { ServerOptions } from "../server/options.js";
import { createServer, type Server } from "../server/server.js";
import { createChannel } from "./create-channel.js";
import type { Resolution, Resolver } from "./resolver.js";
import { plainEndpoint } from "./target.js";

const ask = classMethod("test.Channel", "ask", "unary");
const down = classMethod("test.Channel", "down", "server-streaming");
const up = classMethod("test.Channel", "up", "client-streaming");

function serverWith(handlers: Record<string, Handler>, options: ServerOptions = {}): Server {
  return createServer({ log: () => {}, ...options }).add({
    contract: { name: "test.Channel", methods: [ask, down, up] },
    handlers: new Map(Object.entries(handlers)),
  });
}

async function listening(handlers: Record<string, Handler>, options: ServerOptions = {}): Promise<{ server: Server; address: string }> {
  const server = serverWith(handlers, options);
  const { address } = await server.listen({ host: "127.0.0.1" });
  return { server, address };
}

const isError = (code: Code, message?: RegExp) => (error: unknown) =>
  error instanceof RpcError && error.code === code && (message === undefined || message.test(error.message));

/** An address where nobody listens. */
async function deadAddress(): Promise<string> {
  const { server, address } = await listening({});
  await server.close();
  return address;
}

async function* list(...items: unknown[]): AsyncGenerator<unknown> {
  yield* items;
}

const quickBackoff = { initialMs: 20, maxMs: 50 };
const retry = { maxAttempts: 4, initialBackoff: "0.01s", maxBackoff: "0.05s", backoffMultiplier: 2, retryableStatusCodes: ["UNAVAILABLE"] };

test("a call to nobody fails in the words of the house", async () => {
  const [a, b] = [await deadAddress(), await deadAddress()];
  await using channel = createChannel(`static://${a},${b}`);
  const words =
    /^\[unavailable\] test\.Channel\/ask: no endpoint answered within \d+ ms \(tried \S+: connection refused, \S+: connection refused\)$/;
  await assert.rejects(channel.unary(ask, 1), isError(Code.UNAVAILABLE, words));
  assert.equal(channel.state, "transient-failure");
});

test("waitForReady waits until the server is there, and its deadline holds meanwhile", async () => {
  const address = await deadAddress();
  await using channel = createChannel(address, { backoff: quickBackoff });
  await assert.rejects(channel.unary(ask, 1, { waitForReady: true, timeoutMs: 60 }), isError(Code.DEADLINE_EXCEEDED, /connection refused/));
  const waiting = channel.unary(ask, 1, { waitForReady: true });
  await using server = serverWith({ ask: (request) => request });
  await server.listen({ host: "127.0.0.1", port: Number(address.split(":")[1]) });
  assert.equal(await waiting, 1);
});

test("the state goes idle, connecting, ready, shutdown, and ready() waits for it", async () => {
  const { server, address } = await listening({});
  const states: string[] = [];
  const channel = createChannel(address);
  channel.onStateChange((state) => states.push(state));
  assert.equal(channel.state, "idle");
  await channel.ready(AbortSignal.timeout(5_000));
  await channel.close();
  assert.deepEqual(states, ["connecting", "ready", "shutdown"]);
  await assert.rejects(channel.unary(ask, 1), isError(Code.CANCELLED, /closed/));
  await server.close();
});

test("a resolver's lists are followed: members join, leave and keep their connections", async () => {
  const a = await listening({ ask: () => "a" });
  const b = await listening({ ask: () => "b" });
  let push: (resolution: Resolution) => void = () => {};
  const pushed: Resolution[] = [];
  const resolver: Resolver = async function* (_target, signal) {
    while (!signal.aborted) {
      const next = pushed.shift();
      if (next !== undefined) yield next;
      else {
        await new Promise<void>((resolve) => {
          push = (resolution) => {
            pushed.push(resolution);
            resolve();
          };
          signal.addEventListener("abort", () => resolve());
        });
      }
    }
  };
  const fresh = (...addresses: string[]): Resolution => ({
    endpoints: addresses.map((address) => plainEndpoint(address)),
    freshness: "fresh",
  });
  await using channel = createChannel("test://x", { resolvers: { test: resolver } });
  pushed.push(fresh(a.address));
  assert.equal(await channel.unary(ask, 1), "a");
  push(fresh(a.address, b.address));
  const seen = new Set<unknown>();
  while (seen.size < 2) seen.add(await channel.unary(ask, 1));
  push(fresh(b.address));
  for (let settled = 0; settled < 5; ) settled = (await channel.unary(ask, 1)) === "b" ? settled + 1 : 0;
  push({ endpoints: [], freshness: "fresh", reason: "3 registered, 3 critical" });
  const empty = isError(Code.UNAVAILABLE, /no endpoint for test:\/\/x: 3 registered, 3 critical/);
  const failure = async (): Promise<unknown> => {
    for (;;) {
      const error = await channel.unary(ask, 1).catch((thrown: unknown) => thrown);
      if (error instanceof RpcError) return error;
    }
  };
  assert.ok(empty(await failure()));
  await a.server.close();
  await b.server.close();
});

test("a service config changes policy and timeouts while the channel runs", async () => {
  const { server, address } = await listening({ ask: () => new Promise(() => {}) });
  const serviceConfig = {
    loadBalancingConfig: [{ no_such_policy: {} }, { random: {} }],
    methodConfig: [{ name: [{ service: "test.Channel" }], timeout: "0.05s" }],
  };
  await using channel = createChannel(address, { serviceConfig: JSON.stringify(serviceConfig) });
  await assert.rejects(channel.unary(ask, 1), isError(Code.DEADLINE_EXCEEDED));
  await server.close();
});

test("a call is retried as its policy says, with the number of earlier attempts", async () => {
  const attempts: unknown[] = [];
  const { server, address } = await listening({
    ask: (_request, call) => {
      attempts.push(call.metadata.get("grpc-previous-rpc-attempts"));
      if (attempts.length < 3) throw new RpcError(Code.UNAVAILABLE, "not yet");
      return "done";
    },
    up: async (requests) => {
      const all: unknown[] = [];
      for await (const item of requests as AsyncIterable<unknown>) all.push(item);
      attempts.push("up");
      if (attempts.length < 3) throw new RpcError(Code.UNAVAILABLE, "not yet");
      return all;
    },
    async *down(): AsyncGenerator<unknown> {
      attempts.push("down");
      if (attempts.length < 3) throw new RpcError(Code.UNAVAILABLE, "not yet");
      yield* [1, 2];
    },
  });
  await using channel = createChannel(address, { retry, retryThrottling: { maxTokens: 100, tokenRatio: 0.1 } });
  assert.equal(await channel.unary(ask, 1), "done");
  assert.deepEqual(attempts, [undefined, "1", "2"]);
  attempts.length = 0;
  assert.deepEqual(await channel.clientStreaming(up, list(1, 2, 3)), [1, 2, 3]);
  assert.equal(attempts.length, 3);
  attempts.length = 0;
  const items: unknown[] = [];
  for await (const item of channel.serverStreaming(down, 1)) items.push(item);
  assert.deepEqual(items, [1, 2]);
  await server.close();
});

test("nothing is retried once the response has begun, for other codes, or against pushback", async () => {
  let calls = 0;
  const { server, address } = await listening({
    ask: (request, call) => {
      calls++;
      if (request === "begun") call.sendHeaders();
      if (request === "pushback") call.responseTrailers.set("grpc-retry-pushback-ms", "-1");
      throw new RpcError(request === "code" ? Code.ABORTED : Code.UNAVAILABLE, "no");
    },
  });
  await using channel = createChannel(address, { retry, retryThrottling: { maxTokens: 100, tokenRatio: 0.1 } });
  for (const request of ["begun", "pushback", "code"]) {
    calls = 0;
    await assert.rejects(channel.unary(ask, request), RpcError);
    assert.equal(calls, 1, request);
  }
  calls = 0;
  await assert.rejects(channel.unary(ask, "always"), isError(Code.UNAVAILABLE));
  assert.equal(calls, 4);
  await server.close();
});

test("retries stop when too many calls fail, and come back", async () => {
  let calls = 0;
  let well = false;
  const { server, address } = await listening({
    ask: () => {
      calls++;
      if (!well) throw new RpcError(Code.UNAVAILABLE, "no");
      return 1;
    },
  });
  await using channel = createChannel(address, { retry, retryThrottling: { maxTokens: 4, tokenRatio: 1 } });
  await assert.rejects(channel.unary(ask, 1), RpcError);
  assert.equal(calls, 2, "two failures take the tokens to a half");
  calls = 0;
  await assert.rejects(channel.unary(ask, 1), RpcError);
  assert.equal(calls, 1);
  well = true;
  for (let i = 0; i < 4; i++) await channel.unary(ask, 1);
  well = false;
  calls = 0;
  await assert.rejects(channel.unary(ask, 1), RpcError);
  assert.equal(calls, 2);
  await server.close();
});

test("hedging takes the first good answer and cancels the others", async () => {
  let cancelled = 0;
  const slow: Handler = (_request, call) =>
    new Promise((_resolve, reject) => {
      call.signal.addEventListener("abort", () => {
        cancelled++;
        reject(call.signal.reason as Error);
      });
    });
  const a = await listening({ ask: slow });
  const b = await listening({ ask: (_request, call) => call.metadata.get("grpc-previous-rpc-attempts") ?? "first" });
  let picks = 0;
  await using channel = createChannel(`static://${a.address},${b.address}`, {
    hedge: { maxAttempts: 2, hedgingDelay: "0.02s" },
    // The first attempt always meets the slow one.
    balance: () => {
      let members: readonly { endpoint: { address: string } }[] = [];
      return {
        update: (all) => {
          members = all;
        },
        pick: () => members.find((member) => member.endpoint.address === (picks % 2 === 0 ? a.address : b.address)) as never,
        close: () => {},
      };
    },
  });
  await channel.ready();
  while ((channel as unknown as { core: { members: { ready: unknown[] } } }).core.members.ready.length < 2) await new Promise(setImmediate);
  const call = channel.unary(ask, 1);
  picks++;
  assert.equal(await call, "1");
  while (cancelled === 0) await new Promise(setImmediate);
  await a.server.close();
  await b.server.close();
});

test("a further connection is opened when a server's streams run out", async () => {
  let running = 0;
  let most = 0;
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { server, address } = await listening(
    {
      ask: async () => {
        most = Math.max(most, ++running);
        if (running === 6) open();
        await gate;
        return running--;
      },
    },
    { streamsPerConnectionMax: 2 },
  );
  await using channel = createChannel(address);
  await Promise.all(Array.from({ length: 6 }, () => channel.unary(ask, 1)));
  assert.equal(most, 6);
  await server.close();
});

test("calls beyond every stream wait and are answered in the end", async () => {
  const { server, address } = await listening(
    {
      ask: async (request) => {
        await new Promise(setImmediate);
        return request;
      },
    },
    { streamsPerConnectionMax: 1 },
  );
  await using channel = createChannel(address);
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => channel.unary(ask, i)));
  assert.deepEqual(
    answers,
    Array.from({ length: 200 }, (_, i) => i),
  );
  await server.close();
});

test("twenty rolling drains under steady calls fail none", async () => {
  const handlers = { ask: async (request: unknown) => request };
  const servers = [await listening(handlers), await listening(handlers)];
  await using channel = createChannel(`static://${servers.map(({ address }) => address).join(",")}`, { backoff: quickBackoff });
  await channel.ready();
  let running = true;
  let answered = 0;
  const steady = async (id: number): Promise<void> => {
    for (let call = 0; running; call++) {
      assert.equal(await channel.unary(ask, id * 1e6 + call), id * 1e6 + call);
      answered++;
    }
  };
  const workers = Promise.all(Array.from({ length: 8 }, (_, id) => steady(id)));
  for (let round = 0; round < 20; round++) {
    const place = servers[round % 2] as { server: Server; address: string };
    const before = answered;
    await place.server.drain({ graceMs: 5_000 });
    place.server = serverWith(handlers);
    await place.server.listen({ host: "127.0.0.1", port: Number(place.address.split(":")[1]) });
    // The other one may only go when this one is used again.
    while (channel.state !== "ready" || answered < before + 10) await new Promise((resolve) => setTimeout(resolve, 2));
    const { members } = (channel as unknown as { core: { members: { ready: unknown[] } } }).core;
    while (members.ready.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  running = false;
  await workers;
  assert.ok(answered > 200, `${answered} calls answered`);
  for (const { server } of servers) await server.close();
});

test("max connection age moves clients on without a failed call", async () => {
  const { server, address } = await listening({ ask: (request) => request }, { keepalive: { connectionAgeMs: 120 } });
  await using channel = createChannel(address);
  const until = performance.now() + 600;
  for (let i = 0; performance.now() < until; i++) assert.equal(await channel.unary(ask, i), i);
  await server.close();
});

test("a server that dies takes the calls on it with UNAVAILABLE and its reason, and the channel comes back", async () => {
  let entered: () => void = () => {};
  const inside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const first = await listening({
    ask: () => {
      entered();
      return new Promise(() => {});
    },
  });
  await using channel = createChannel(first.address, { backoff: quickBackoff });
  const call = channel.unary(ask, 1);
  await inside;
  const failed = assert.rejects(call, isError(Code.UNAVAILABLE, /connection to \S+ lost/));
  await first.server.close();
  await failed;
  await using second = serverWith({ ask: () => "again" });
  await second.listen({ host: "127.0.0.1", port: Number(first.address.split(":")[1]) });
  assert.equal(await channel.unary(ask, 1, { waitForReady: true }), "again");
});

test("unix sockets carry calls", async () => {
  const path = `/tmp/consulrpc-channel-test-${process.pid}.sock`;
  await using server = serverWith({ ask: (request) => request });
  await server.listen({ path });
  await using channel = createChannel(`unix://${path}`);
  assert.equal(await channel.unary(ask, "over a file"), "over a file");
});

test("options that make no sense throw at once", () => {
  assert.throws(() => createChannel("nope://x"), /no resolver for nope; known: dns, static, unix/);
  assert.throws(() => createChannel(""), /target is empty/);
  assert.throws(() => createChannel("a:1", { compression: "brotli" }), /unknown compression "brotli"/);
  assert.throws(() => createChannel("a:1", { retry: { ...retry, maxAttempts: 1 } }), /maxAttempts must be 2 or more/);
  assert.throws(() => createServer({ compression: "brotli" }), /unknown compression "brotli"/);
});
