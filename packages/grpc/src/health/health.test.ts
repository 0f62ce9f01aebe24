import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../call/code.js";
import { RpcError } from "../call/rpc-error.js";
import { createClient } from "../client/create-client.js";
import { bindClass } from "../contract/bind-class.js";
import { createInProcessChannel } from "../in-process/in-process.js";
import { createServer } from "../server/server.js";
import { Health as HealthService, HealthCheckResponse_ServingStatus as Status } from "./gen/health_pb.js";

test("Check and List tell what was added and set, and what is unknown", async () => {
  await using server = createServer();
  server.add(bindClass("example.Echo", { echo: (message: string) => message }));
  await using channel = createInProcessChannel(server);
  const health = createClient(HealthService, channel);
  assert.equal((await health.check({})).status, Status.SERVING);
  assert.equal((await health.check({ service: "example.Echo" })).status, Status.SERVING);
  server.health.set("example.Echo", "not-serving");
  assert.equal((await health.check({ service: "example.Echo" })).status, Status.NOT_SERVING);
  assert.deepEqual(Object.keys((await health.list({})).statuses).sort(), ["", "example.Echo"]);
  await assert.rejects(
    health.check({ service: "no.Such" }),
    (error: unknown) => error instanceof RpcError && error.code === Code.NOT_FOUND,
  );
});

test("Watch tells the status now and after each change", async () => {
  await using server = createServer();
  await using channel = createInProcessChannel(server);
  const seen: number[] = [];
  for await (const { status } of createClient(HealthService, channel).watch({ service: "later.Service" })) {
    seen.push(status);
    if (seen.length === 1) server.health.set("later.Service", "serving");
    if (seen.length === 2) server.health.set("later.Service", "not-serving");
    if (seen.length === 3) break;
  }
  assert.deepEqual(seen, [Status.SERVICE_UNKNOWN, Status.SERVING, Status.NOT_SERVING]);
});
