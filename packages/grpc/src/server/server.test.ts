import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../call/code.js";
import { currentCall } from "../call/current-call.js";
import { Metadata } from "../call/metadata.js";
import { RpcError } from "../call/rpc-error.js";
import type { Channel } from "../channel/create-channel.js";
import { createChannel } from "../channel/create-channel.js";
import type { ChannelOptions } from "../channel/options.js";
import { classMethod } from "../contract/class-contract.js";
import type { MethodKind } from "../contract/contract.js";
import { createInProcessChannel } from "../in-process/in-process.js";
import type { Handler, ServerCall } from "./handler.js";
import type { ServerOptions } from "./options.js";
import { createServer, type Server } from "./server.js";

const method = (name: string, kind: MethodKind) => classMethod("test.Service", name, kind);
const unary = method("unary", "unary");
const down = method("down", "server-streaming");
const up = method("up", "client-streaming");
const both = method("both", "bidi");

async function* list(...items: unknown[]): AsyncGenerator<unknown> {
  yield* items;
}

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const handlers: Record<string, Handler> = {
  unary: (request) => request,
  async *down(request) {
    for (let i = 1; i <= (request as number); i++) yield i;
  },
  async up(requests) {
    let sum = 0;
    for await (const item of requests as AsyncIterable<number>) sum += item;
    return sum;
  },
  async *both(requests) {
    for await (const item of requests as AsyncIterable<number>) yield item * 10;
  },
};

function serverWith(own: Record<string, Handler>, options: ServerOptions = {}): Server {
  return createServer({ log: () => {}, ...options }).add({
    contract: { name: "test.Service", methods: [unary, down, up, both] },
    handlers: new Map(Object.entries({ ...handlers, ...own })),
  });
}

type Setup = (server: Server, options?: ChannelOptions) => Promise<Channel>;

const transports: Record<string, Setup> = {
  socket: async (server, options) => createChannel((await server.listen({ host: "127.0.0.1" })).address, options),
  "in-process": async (server, options) => createInProcessChannel(server, options),
};

const isError = (code: Code, message?: RegExp) => (error: unknown) =>
  error instanceof RpcError && error.code === code && (message === undefined || message.test(error.message));

for (const [name, connect] of Object.entries(transports)) {
  const scenario = (
    title: string,
    run: (setup: (own?: Record<string, Handler>, server?: ServerOptions, channel?: ChannelOptions) => Promise<Channel>) => Promise<void>,
  ) =>
    test(`${name}: ${title}`, async () => {
      const servers: Server[] = [];
      const channels: Channel[] = [];
      try {
        await run(async (own = {}, serverOptions = {}, channelOptions = {}) => {
          const server = serverWith(own, serverOptions);
          servers.push(server);
          const channel = await connect(server, channelOptions);
          channels.push(channel);
          return channel;
        });
      } finally {
        for (const channel of channels) await channel.close();
        for (const server of servers) await server.close();
      }
    });

  scenario("all four kinds of calls are answered", async (setup) => {
    const channel = await setup();
    assert.equal(await channel.unary(unary, "hi"), "hi");
    assert.deepEqual(await all(channel.serverStreaming(down, 3)), [1, 2, 3]);
    assert.equal(await channel.clientStreaming(up, list(1, 2, 3)), 6);
    assert.deepEqual(await all(channel.bidi(both, list(1, 2))), [10, 20]);
  });

  scenario("a handler's error arrives with code, message, metadata and details", async (setup) => {
    const channel = await setup({
      unary: () => {
        throw new RpcError(Code.NOT_FOUND, "nobody über 100%", {
          metadata: new Metadata({ reason: "why", "raw-bin": new Uint8Array([0, 255]) }),
          details: [{ typeUrl: "type.googleapis.com/x", value: new Uint8Array([1]) }],
        });
      },
    });
    const error = await channel.unary(unary, 1).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RpcError);
    assert.equal(error.code, Code.NOT_FOUND);
    assert.equal(error.rawMessage, "nobody über 100%");
    assert.equal(error.fromPeer, true);
    assert.equal(error.metadata?.get("reason"), "why");
    assert.deepEqual(error.metadata?.get("raw-bin"), new Uint8Array([0, 255]));
    assert.equal((error.details[0] as { typeUrl: string }).typeUrl, "type.googleapis.com/x");
  });

  scenario("metadata, headers and trailers travel both ways", async (setup) => {
    const channel = await setup({
      unary: (_request, call) => {
        call.responseHeaders.set("head", "1");
        call.responseTrailers.set("tail-bin", new Uint8Array([7]));
        return [call.metadata.get("mine"), Buffer.from(call.metadata.get("some-bin") as Uint8Array).toString()];
      },
    });
    const seen: Metadata[] = [];
    const metadata = new Metadata({ mine: "a", "some-bin": Buffer.from("bytes") });
    const answer = await channel.unary(unary, 1, { metadata, onHeaders: (h) => seen.push(h), onTrailers: (t) => seen.push(t) });
    assert.deepEqual(answer, ["a", "bytes"]);
    assert.equal(seen[0]?.get("head"), "1");
    assert.deepEqual(seen[1]?.get("tail-bin"), new Uint8Array([7]));
  });

  scenario("a deadline ends the call on both sides", async (setup) => {
    let aborted: Promise<unknown> = Promise.resolve();
    let left = 0;
    const channel = await setup({
      unary: (_request, call) => {
        left = call.timeoutLeftMs();
        aborted = new Promise((resolve) => call.signal.addEventListener("abort", () => resolve((call.signal.reason as RpcError).code)));
        return aborted;
      },
    });
    await assert.rejects(channel.unary(unary, 1, { timeoutMs: 50 }), isError(Code.DEADLINE_EXCEEDED));
    assert.ok(left > 0 && left <= 50);
    assert.ok([Code.DEADLINE_EXCEEDED, Code.CANCELLED].includes((await aborted) as never));
  });

  scenario("an aborted signal cancels the call on both sides", async (setup) => {
    const controller = new AbortController();
    let aborted: Promise<unknown> = Promise.resolve();
    const channel = await setup({
      unary: (_request, call) => {
        aborted = new Promise((resolve) => call.signal.addEventListener("abort", () => resolve((call.signal.reason as RpcError).code)));
        controller.abort();
        return new Promise(() => {});
      },
    });
    await assert.rejects(channel.unary(unary, 1, { signal: controller.signal }), isError(Code.CANCELLED));
    assert.equal(await aborted, Code.CANCELLED);
  });

  scenario("leaving the loop early stops the handler's generator", async (setup) => {
    let stopped: (() => void) | undefined;
    const stop = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    const channel = await setup({
      async *down() {
        try {
          for (let i = 0; ; i++) {
            yield i;
            await new Promise(setImmediate);
          }
        } finally {
          stopped?.();
        }
      },
    });
    for await (const item of channel.serverStreaming(down, 1)) if (item === 3) break;
    await stop;
  });

  scenario("a slow reader holds the handler back", async (setup) => {
    let sent = 0;
    const block = "x".repeat(10_000);
    const channel = await setup({
      async *down() {
        for (; sent < 1_000; sent++) yield block;
      },
    });
    const responses = channel.serverStreaming(down, 1)[Symbol.asyncIterator]();
    await responses.next();
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    assert.ok(sent < 500, `${sent} messages of 10 kB left the handler for a reader that took one`);
    let received = 1;
    while (!(await responses.next()).done) received++;
    assert.equal(received, 1_000);
  });

  scenario("a slow handler holds the client back", async (setup) => {
    let pulled = 0;
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const channel = await setup({
      async up(requests) {
        let count = 0;
        for await (const _ of requests as AsyncIterable<unknown>) {
          count++;
          await gate;
        }
        return count;
      },
    });
    async function* producer(): AsyncGenerator<unknown> {
      for (; pulled < 500; pulled++) yield "y".repeat(10_000);
    }
    const answer = channel.clientStreaming(up, producer());
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    assert.ok(pulled < 300, `${pulled} messages of 10 kB left for a handler that reads none`);
    release();
    assert.equal(await answer, 500);
  });

  scenario("messages larger than any window arrive whole, both ways", async (setup) => {
    const channel = await setup({}, { messageBytesMax: 20_000_000 }, { messageBytesMax: 20_000_000 });
    const large = "z".repeat(9_000_000);
    assert.equal(await channel.unary(unary, large), large);
    assert.deepEqual(await all(channel.bidi(both, list(1, 2, 3))), [10, 20, 30]);
  });

  scenario("a long stream of small messages is nothing that a guard objects to", async (setup) => {
    const text = "s".repeat(100);
    const channel = await setup({
      async *down(request) {
        for (let i = 0; i < (request as number); i++) yield text;
      },
    });
    let received = 0;
    for await (const item of channel.serverStreaming(down, 400_000)) if (item === text) received++;
    assert.equal(received, 400_000);
  });

  scenario("too large messages fail the call and nothing else", async (setup) => {
    const channel = await setup({ down: () => list("a".repeat(3_000)) }, { messageBytesMax: 1_000 }, { messageBytesMax: 2_000 });
    const [tooLarge, fine, response] = await Promise.allSettled([
      channel.unary(unary, "b".repeat(1_500)),
      channel.unary(unary, "c"),
      all(channel.serverStreaming(down, 1)),
    ]);
    assert.ok(tooLarge.status === "rejected" && isError(Code.RESOURCE_EXHAUSTED, /1000/)(tooLarge.reason));
    assert.ok(fine.status === "fulfilled");
    assert.ok(response.status === "rejected" && isError(Code.RESOURCE_EXHAUSTED, /2000/)(response.reason));
  });

  for (const compression of ["gzip", "deflate"]) {
    scenario(`${compression} works both ways, and bombs stop at the limit`, async (setup) => {
      const channel = await setup({}, { compression, messageBytesMax: 100_000 }, { compression });
      const text = "compress me ".repeat(1_000);
      assert.equal(await channel.unary(unary, text), text);
      await assert.rejects(channel.unary(unary, "0".repeat(3_000_000)), isError(Code.RESOURCE_EXHAUSTED, /100000 bytes after/));
      assert.equal(await channel.unary(unary, text, { compression: "identity" }), text);
    });
  }

  scenario("interceptors wrap both sides in order", async (setup) => {
    const log: string[] = [];
    const tracer =
      (label: string) => (next: (call: never) => unknown) => (call: { metadata: Metadata; side: string; method: { name: string } }) => {
        log.push(`${label} ${call.side} ${call.method.name}`);
        if (call.side === "client") call.metadata.append("trace", label);
        return next(call as never);
      };
    const channel = await setup(
      { unary: (_request, call) => call.metadata.getAll("trace") },
      { interceptors: [tracer("c") as never] },
      { interceptors: [tracer("a") as never, tracer("b") as never] },
    );
    assert.deepEqual(await channel.unary(unary, 1), ["a", "b"]);
    assert.deepEqual(log, ["a client unary", "b client unary", "c server unary"]);
    assert.deepEqual(await all(channel.bidi(both, list(4))), [40]);
  });

  scenario("unknown, missing and offline methods answer UNIMPLEMENTED, others go on", async (setup) => {
    const server = serverWith({ down: undefined as never });
    const channel = await connect(server);
    try {
      await assert.rejects(
        channel.unary(classMethod("test.Other", "x", "unary"), 1),
        isError(Code.UNIMPLEMENTED, /unknown service test.Other/),
      );
      await assert.rejects(channel.unary(method("none", "unary"), 1), isError(Code.UNIMPLEMENTED, /unknown method none/));
      await assert.rejects(all(channel.serverStreaming(down, 1)), isError(Code.UNIMPLEMENTED, /not implemented/));
      server.offline("test.Service/unary");
      await assert.rejects(channel.unary(unary, 1), isError(Code.UNIMPLEMENTED, /offline/));
      server.online("test.Service/unary");
      assert.equal(await channel.unary(unary, 1), 1);
      server.remove("test.Service");
      await assert.rejects(channel.unary(unary, 1), isError(Code.UNIMPLEMENTED));
    } finally {
      await channel.close();
      await server.close();
    }
    await setup();
  });

  scenario("deadline, cancellation and traces pass on to calls that a handler makes", async (setup) => {
    let seen: { left: number; trace: unknown } | undefined;
    const inner = await setup({
      unary: (_request, call) => {
        seen = { left: call.timeoutLeftMs(), trace: call.metadata.get("traceparent") };
        return new Promise((_resolve, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason as Error)));
      },
    });
    const outer = await setup({
      unary: async (request) => {
        await new Promise(setImmediate);
        assert.equal((currentCall() as ServerCall).method, unary);
        return inner.unary(unary, request);
      },
    });
    const call = outer.unary(unary, 1, { timeoutMs: 2_000, metadata: new Metadata({ traceparent: "00-1-2-00" }) });
    await assert.rejects(call, isError(Code.DEADLINE_EXCEEDED));
    assert.ok(seen !== undefined && seen.left <= 2_000 && seen.left > 0);
    assert.equal(seen.trace, "00-1-2-00");
  });

  scenario("draining fails no call, and ends when the last one has ended", async () => {
    let finish: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let entered: () => void = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const server = serverWith({
      unary: async (request) => {
        entered();
        await gate;
        return request;
      },
    });
    const channel = await connect(server);
    const call = channel.unary(unary, "slow");
    await inside;
    const drained = server.drain();
    await new Promise(setImmediate);
    finish();
    assert.equal(await call, "slow");
    await drained;
    await channel.close();
  });
}
