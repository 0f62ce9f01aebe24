import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../call/code.js";
import type { Metadata } from "../call/metadata.js";
import { RpcError } from "../call/rpc-error.js";
import { createChannel } from "../channel/create-channel.js";
import { classMethod } from "../contract/class-contract.js";
import { createServer, type Server } from "../server/server.js";

const ask = classMethod("test.First", "ask", "unary");
const retry = { maxAttempts: 2, initialBackoff: "0.001s", maxBackoff: "60s", backoffMultiplier: 1, retryableStatusCodes: ["UNAVAILABLE"] };

async function listening(answer: (request: unknown) => unknown): Promise<{ server: Server; address: string }> {
  const server = createServer({ log: () => {} }).add({
    contract: { name: "test.First", methods: [ask] },
    handlers: new Map([["ask", answer]]),
  });
  const { address } = await server.listen({ host: "127.0.0.1" });
  return { server, address };
}

const refuse = (): never => {
  throw new RpcError(Code.UNAVAILABLE, "not here");
};

test("the second attempt goes to a member that the first did not use", async () => {
  let refused = 0;
  const bad = await listening(() => {
    refused++;
    return refuse();
  });
  const good = await listening((request) => request);
  await using channel = createChannel(`static://${bad.address},${good.address}`, {
    retry,
    retryThrottling: { maxTokens: 1000, tokenRatio: 1 },
  });
  while (refused < 10) assert.equal(await channel.unary(ask, "a"), "a");
  for (const { server } of [bad, good]) await server.close();
});

test("the deadline is that of the whole call, and the last error is the call's", async () => {
  const { server, address } = await listening(refuse);
  await using slow = createChannel(address, { retry: { ...retry, initialBackoff: "30s" } });
  await assert.rejects(
    slow.unary(ask, 1, { timeoutMs: 50 }),
    (error) => error instanceof RpcError && error.code === Code.DEADLINE_EXCEEDED,
  );
  await using quick = createChannel(address, { retry });
  await assert.rejects(quick.unary(ask, 1), (error) => error instanceof RpcError && error.code === Code.UNAVAILABLE);
  await server.close();
});

test("trailers are told of the attempt that counts, once, whether or not it was the first", async () => {
  let failing = 1;
  const { server, address } = await listening((request) => (failing-- > 0 ? refuse() : request));
  await using channel = createChannel(address, { retry });
  const told: Metadata[] = [];
  assert.equal(await channel.unary(ask, "a", { onTrailers: (trailers) => told.push(trailers) }), "a");
  assert.equal(told.length, 1);
  await server.close();
});
