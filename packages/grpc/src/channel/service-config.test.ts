import assert from "node:assert/strict";
import { test } from "node:test";
import type { BalancerFactory } from "../balance/balancer.js";
import { roundRobin } from "../balance/round-robin.js";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { classMethod } from "../contract/class-contract.js";
import { createServer } from "../server/server.js";
import { createChannel } from "./create-channel.js";
import type { Endpoint, Resolution, Resolver } from "./resolver.js";
import { mergedServiceConfig, type ServiceConfig } from "./service-config.js";
import { plainEndpoint } from "./target.js";

const ask = classMethod("test.Config", "ask", "unary");
const retryPolicy = {
  maxAttempts: 3,
  initialBackoff: "0.001s",
  maxBackoff: "0.002s",
  backoffMultiplier: 1,
  retryableStatusCodes: ["UNAVAILABLE"],
};
const retries: ServiceConfig = { methodConfig: [{ name: [{}], retryPolicy }], retryThrottling: { maxTokens: 100, tokenRatio: 0.2 } };

test("each part of a resolver's config wins where it is present", () => {
  const own: ServiceConfig = { loadBalancingConfig: [{ random: {} }], ...retries };
  assert.deepEqual(mergedServiceConfig(own, undefined), own);
  assert.deepEqual(mergedServiceConfig(undefined, own), own);
  const loadBalancingConfig = [{ maglev: {} }];
  assert.deepEqual(mergedServiceConfig(own, { loadBalancingConfig }), { ...own, loadBalancingConfig });
  const methodConfig = [{ name: [{}], timeout: "1s" }];
  assert.deepEqual(mergedServiceConfig(own, { methodConfig }), { ...own, methodConfig });
});

test("a first list that names a policy fails no call that waits for it", async () => {
  const server = createServer({ log: () => {} }).add({
    contract: { name: "test.Config", methods: [ask] },
    handlers: new Map([["ask", (request: unknown) => request]]),
  });
  const { address } = await server.listen({ host: "127.0.0.1" });
  const feed = new Feed(address);
  await using channel = createChannel("feed:///x", { resolvers: { feed: feed.resolver } });
  await feed.say({ loadBalancingConfig: [{ random: {} }] });
  assert.equal(await channel.unary(ask, "a"), "a");
  await server.close();
});

test("a resolver's policy keeps the channel's retries, and the same policy said again keeps the balancer and the throttle", async () => {
  let failing = 0;
  const server = createServer({ log: () => {} }).add({
    contract: { name: "test.Config", methods: [ask] },
    handlers: new Map([
      [
        "ask",
        (request: unknown) => {
          if (failing-- > 0) throw new RpcError(Code.UNAVAILABLE, "not yet");
          return request;
        },
      ],
    ]),
  });
  const { address } = await server.listen({ host: "127.0.0.1" });
  const feed = new Feed(address);
  const made: string[] = [];
  const named =
    (name: string): BalancerFactory =>
    (environment) => {
      made.push(name);
      return roundRobin()(environment);
    };
  await using channel = createChannel("feed:///x", {
    serviceConfig: retries,
    balance: named("own"),
    balancers: { counted: () => named("counted") },
    resolvers: { feed: feed.resolver },
  });
  const { core } = channel as unknown as { core: { throttle: unknown } };
  const answers = async (): Promise<void> => {
    failing = 2;
    assert.equal(await channel.unary(ask, "a"), "a");
    assert.ok(failing <= 0, "attempts were made again");
  };
  await feed.say({ loadBalancingConfig: [{ counted: {} }] });
  await answers();
  const { throttle } = core;
  assert.deepEqual(made, ["own", "counted"]);

  await feed.say({ loadBalancingConfig: [{ counted: {} }] });
  await feed.say({ loadBalancingConfig: [{ counted: {} }], methodConfig: [{ name: [{ service: "test.Config" }], retryPolicy }] });
  await answers();
  assert.deepEqual(made, ["own", "counted"], "what balances stays");
  assert.equal(core.throttle, throttle);

  await feed.say({ loadBalancingConfig: [{ no_such_policy: {} }] });
  await answers();
  assert.deepEqual(made, ["own", "counted"], "what nobody knows changes nothing");

  await feed.say(undefined);
  await answers();
  assert.deepEqual(made, ["own", "counted", "own"], "with the policy gone, the channel's own is back");
  await server.close();
});

/** A resolver that says what a test tells it to. */
class Feed {
  readonly resolver: Resolver;
  private readonly waiting: Resolution[] = [];
  private wake: () => void = () => {};
  private taken: () => void = () => {};
  private readonly endpoint: Endpoint;
  private asked = false;

  constructor(address: string) {
    this.endpoint = plainEndpoint(address);
    this.resolver = () => this.resolutions();
  }

  /** Resolves once the channel has asked for more, which is after it has used this one; before its first call at once. */
  async say(serviceConfig: ServiceConfig | undefined): Promise<void> {
    this.waiting.push({ endpoints: [this.endpoint], freshness: "fresh", ...(serviceConfig === undefined ? {} : { serviceConfig }) });
    if (!this.asked) return;
    await new Promise<void>((resolve) => {
      this.taken = resolve;
      this.wake();
    });
  }

  private async *resolutions(): AsyncGenerator<Resolution> {
    this.asked = true;
    for (;;) {
      for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) yield next;
      this.taken();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
