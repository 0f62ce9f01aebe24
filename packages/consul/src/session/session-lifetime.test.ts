import assert from "node:assert/strict";
import { test } from "node:test";
import { Consul } from "../consul-client.js";
import { answer, PlantedServer } from "../planted-server.js";
import { durationMs } from "./duration.js";
import { openSession } from "./session-lifetime.js";

const ENTRY = [{ ID: "s", TTL: "10s" }];

/** Time that only tests move. */
class TestClock {
  now = 0;
  wall = 0;
  private sleepers: { atMs: number; wake: () => void }[] = [];

  readonly nowMs = (): number => this.now;
  readonly wallMs = (): number => this.wall;
  readonly random = (): number => 0;

  readonly after = (ms: number, run: () => void): (() => void) => {
    const sleeper = { atMs: this.now + ms, wake: run };
    this.sleepers.push(sleeper);
    return () => {
      this.sleepers = this.sleepers.filter((other) => other !== sleeper);
    };
  };

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      this.sleepers.push({ atMs: this.now + ms, wake: resolve });
      signal?.addEventListener("abort", () => resolve());
    });

  advance(ms: number): void {
    this.now += ms;
    this.wall += ms;
    const due = this.sleepers.filter(({ atMs }) => atMs <= this.now);
    this.sleepers = this.sleepers.filter(({ atMs }) => atMs > this.now);
    for (const { wake } of due) wake();
  }
}

async function until(done: () => boolean): Promise<void> {
  const startedAtMs = performance.now();
  while (!done()) {
    if (performance.now() - startedAtMs > 10_000) throw new Error("not within 10 s");
    await new Promise(setImmediate);
  }
}

test("a session is renewed three times a TTL, and stays held", async () => {
  const clock = new TestClock();
  await using server = await PlantedServer.start(({ path }, response) =>
    answer(response, 1, path.endsWith("create") ? { ID: "s" } : ENTRY),
  );
  const consul = new Consul({ address: server.address, environment: {} });
  const session = await openSession(consul, { TTL: "10s", clock });
  for (let renewals = 1; renewals <= 6; renewals++) {
    clock.advance(3_400);
    await until(() => server.requests.filter(({ path }) => path.includes("renew")).length === renewals);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(session.held, true);
  }
  await session.close();
  assert.equal(session.held, false);
  assert.match(server.requests.at(-1)?.path ?? "", /destroy/);
  consul.close();
});

test("a session that cannot be renewed is lost before its TTL is over, counted from when the last renewal was sent", async () => {
  const clock = new TestClock();
  await using server = await PlantedServer.start(({ path }, response) => {
    if (path.endsWith("create")) answer(response, 1, { ID: "s" });
  });
  const consul = new Consul({ address: server.address, environment: {} });
  const session = await openSession(consul, { TTL: "10s", clock });
  clock.advance(8_900);
  assert.equal(session.held, true);
  clock.advance(200);
  assert.equal(session.held, false, "9.1 of 10 seconds");
  assert.equal(session.signal.aborted, true);
  consul.close();
});

test("a session is lost at once when Consul does not know it any more", async () => {
  const clock = new TestClock();
  await using server = await PlantedServer.start(({ path }, response) =>
    path.endsWith("create") ? answer(response, 1, { ID: "s" }) : answer(response, undefined, "Session id 's' not found", 404),
  );
  const consul = new Consul({ address: server.address, environment: {} });
  const session = await openSession(consul, { TTL: "10s", clock });
  clock.advance(3_400);
  await until(() => session.signal.aborted);
  assert.match(String(session.signal.reason), /does not know it/);
  consul.close();
});

test("a machine that slept has lost its session, though its monotonic clock stood still", async () => {
  const clock = new TestClock();
  await using server = await PlantedServer.start((_, response) => answer(response, 1, { ID: "s" }));
  const consul = new Consul({ address: server.address, environment: {} });
  const session = await openSession(consul, { TTL: "10s", clock });
  clock.wall += 60_000;
  assert.equal(session.held, false);
  consul.close();
});

test("durationMs() reads Go durations and nothing else", () => {
  assert.deepEqual(["10s", "1m30s", "250ms", "1.5h", "2us"].map(durationMs), [10_000, 90_000, 250, 5_400_000, 0.002]);
  for (const wrong of ["", "10", "s", "10 s", "-1s", "1d"]) assert.throws(() => durationMs(wrong), TypeError, wrong);
});
