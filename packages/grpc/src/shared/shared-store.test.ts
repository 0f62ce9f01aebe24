import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import type { Balancer, Member } from "../balance/balancer.js";
import { EnvironmentDouble, memberDoubles, pickContextDouble } from "../balance/member-double.js";
import { sharedRoundRobin } from "../balance/shared-round-robin.js";
import { LeasedRateLimit } from "../resilience/leased-rate-limit.js";
import { MemoryStore } from "./memory-store.js";
import { RedisStore } from "./redis-store.js";
import { type SharedStore, updateShared } from "./shared-store.js";

/** What every store must do. */
function storeSuite(name: string, skip: string | false, open: () => SharedStore, expired: (ttlMs: number) => Promise<void>): void {
  describe(name, { skip }, () => {
    it("creates, reads, and writes only over the version that was read", async () => {
      const store = open();
      assert.equal(await store.get("suite/a"), undefined);
      assert.equal(await store.compareAndSet("suite/a", undefined, "1"), true);
      assert.equal(await store.compareAndSet("suite/a", undefined, "other"), false);
      const first = await store.get("suite/a");
      assert.equal(first?.value, "1");
      assert.equal(await store.compareAndSet("suite/a", first?.version, "2"), true);
      assert.equal(await store.compareAndSet("suite/a", first?.version, "3"), false);
      const second = await store.get("suite/a");
      assert.equal(second?.value, "2");
      assert.equal(await store.compareAndSet("suite/a", second?.version, "1"), true);
      assert.equal(await store.compareAndSet("suite/a", first?.version, "x"), false, "a value that came back is another version");
    });

    it("forgets what expires, also under a write that races it", async () => {
      const store = open();
      assert.equal(await store.expire("suite/absent", 1_000), false);
      await store.compareAndSet("suite/short", undefined, "v", 50);
      const known = await store.get("suite/short");
      await expired(50);
      assert.equal(await store.get("suite/short"), undefined);
      assert.equal(await store.compareAndSet("suite/short", known?.version, "late"), false);
      assert.equal(await store.compareAndSet("suite/short", undefined, "new"), true);
      assert.equal(await store.expire("suite/short", 50), true);
      await expired(50);
      assert.equal(await store.get("suite/short"), undefined);
    });

    it("loses no update among many writers", async () => {
      const store = open();
      const add = (value: string | undefined): string => String(Number(value ?? 0) + 1);
      const writer = async (): Promise<void> => {
        for (let turn = 0; turn < 20; turn++) await updateShared(store, "suite/count", add);
      };
      await Promise.all([writer(), writer(), writer(), writer()]);
      assert.equal((await store.get("suite/count"))?.value, "80");
    });

    it("gives two clients one order of turns", async () => {
      const store = open();
      const members = memberDoubles(3);
      const clients = [1, 2].map(() => sharedRoundRobin({ name: "suite", store, block: 1 })(new EnvironmentDouble()));
      for (const client of clients) client.update([...members]);
      const picked: string[] = [];
      for (let turn = 0; turn < 12; turn++) {
        // Time for the next turn to come from the store, as between real calls.
        await settled(store);
        picked.push(idOf((clients[turn % 2] as Balancer).pick(pickContextDouble(), undefined)));
      }
      const counts = members.map((member) => picked.filter((id) => id === member.endpoint.id).length);
      assert.deepEqual(counts, [4, 4, 4], picked.join(" "));
    });

    it("holds several processes to one rate", async () => {
      const store = open();
      let nowMs = 1_000_000;
      const limits = [1, 2, 3].map(
        () => new LeasedRateLimit({ name: `suite ${name}`, store, callsPerSecond: 100, lease: 10, processes: 3, nowMs: () => nowMs }),
      );
      for (const limit of limits) limit.enter();
      await settled(store);
      let allowed = 0;
      const seconds = 10;
      for (let step = 0; step < seconds * 100; step++) {
        nowMs += 10;
        for (const limit of limits) for (let turn = 0; turn < 2; turn++) if (limit.enter() === undefined) allowed++;
        await settled(store);
      }
      assert.ok(allowed <= 100 * (seconds + 1) + 60 && allowed >= 100 * (seconds - 1), `${allowed} calls in ${seconds} s at 100/s`);
    });
  });
}

/** Every answer that is under way has come, and has been used. */
async function settled(store: SharedStore): Promise<void> {
  for (let round = 0; round < 2; round++) await store.get("suite/settle");
  await new Promise(setImmediate);
}

function idOf(member: Member | undefined): string {
  assert.ok(member);
  return member.endpoint.id;
}

{
  let nowMs = 0;
  let store = new MemoryStore(() => nowMs);
  storeSuite(
    "MemoryStore",
    false,
    () => {
      store = new MemoryStore(() => nowMs);
      return store;
    },
    async (ttlMs) => {
      nowMs += ttlMs;
    },
  );
}

describe("Redis", () => {
  const missing =
    spawnSync("redis-server", ["--version"]).error === undefined ? false : "redis-server is not on PATH: apt-get install redis-server";
  if (missing !== false) console.error(`SKIPPED: RedisStore: ${missing}`);
  let folder = "";
  let server: ChildProcess | undefined;
  let client: Redis | undefined;

  before(async () => {
    if (missing !== false) return;
    folder = mkdtempSync(join(tmpdir(), "redis-"));
    const path = join(folder, "redis.sock");
    server = spawn("redis-server", ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", folder], {
      stdio: "ignore",
    });
    client = new Redis({ path, retryStrategy: () => 50, maxRetriesPerRequest: 200, lazyConnect: true });
    client.on("error", () => {}); // Until the server listens; the first command then waits no longer.
    await client.flushall();
  });

  after(async () => {
    client?.disconnect();
    if (server !== undefined) {
      const ended = new Promise((resolve) => server?.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
    }
    if (folder !== "") rmSync(folder, { recursive: true });
  });

  storeSuite(
    "RedisStore",
    missing,
    () => new RedisStore(client as Redis),
    async (ttlMs) => {
      // Redis has its own clock; nothing tells of an expiry but asking again.
      const untilMs = performance.now() + ttlMs + 20;
      while (performance.now() < untilMs) await client?.ping();
    },
  );
});

describe("a store that is lost", () => {
  const lost: SharedStore = {
    get: () => Promise.reject(new Error("connection refused")),
    compareAndSet: () => Promise.reject(new Error("connection refused")),
    expire: () => Promise.reject(new Error("connection refused")),
  };

  it("fails no pick: turns go on by themselves", async () => {
    const events: string[] = [];
    const balancer = sharedRoundRobin({ name: "lost", store: lost, onEvent: (event) => events.push(event) })(new EnvironmentDouble());
    const members = memberDoubles(3);
    balancer.update(members);
    const picked: string[] = [];
    for (let turn = 0; turn < 9; turn++) {
      await new Promise(setImmediate);
      picked.push(idOf(balancer.pick(pickContextDouble(), undefined)));
    }
    assert.equal(picked.join(" "), "m0 m1 m2 m0 m1 m2 m0 m1 m2");
    assert.deepEqual(events, ["store-lost"]);
  });

  it("leaves each process its part of the rate", async () => {
    let nowMs = 0;
    const limit = new LeasedRateLimit({ name: "lost", store: lost, callsPerSecond: 100, processes: 4, nowMs: () => nowMs });
    let allowed = 0;
    for (let step = 0; step < 10_000; step++) {
      nowMs += 1;
      if (limit.enter() === undefined) allowed++;
      if (step % 100 === 0) await new Promise(setImmediate);
    }
    assert.ok(allowed >= 250 && allowed <= 280, `${allowed} in 10 s, a quarter of 100/s is 250`);
    assert.equal(limit.gauges().storeLost, 1);
  });
});
