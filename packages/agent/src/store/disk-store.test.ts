import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../clock/fake-clock.js";
import { DiskDouble, failure } from "./disk-double.js";
import { openDiskStore } from "./disk-store.js";
import type { Store } from "./store.js";

const DIRECTORY = "/data";
const text = (value: string): Uint8Array => Buffer.from(value);

interface Opened {
  readonly store: Store;
  readonly found: readonly string[];
  readonly warnings: readonly string[];
}

async function open(disk: DiskDouble): Promise<Opened> {
  const warnings: string[] = [];
  const store = await openDiskStore({ directory: DIRECTORY, disk, clock: new FakeClock(), warn: (line) => warnings.push(line) });
  const found: string[] = [];
  try {
    await store.load((kind, record) => found.push(`${kind === "slice" ? "s:" : ""}${Buffer.from(record).toString()}`));
  } catch (error) {
    await store.close();
    throw error;
  }
  return { store, found, warnings };
}

/** The disk as the next agent finds it when this one was killed: its mark is left, its owner is not. */
function killed(disk: DiskDouble): DiskDouble {
  const found = disk.crashed(() => 0);
  return found;
}

/** mulberry32: small, seeded, good enough to choose faults. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LOG = `${DIRECTORY}/log-0000000001`;

test("what was appended is loaded again, in order", async () => {
  const disk = new DiskDouble();
  const first = await open(disk);
  await Promise.all([first.store.append([text("a"), text("b")]), first.store.append([text("")]), first.store.append([text("c")])]);
  await first.store.close();
  const second = await open(disk);
  assert.deepEqual(second.found, ["a", "b", "", "c"]);
  await second.store.append([text("d")]);
  await second.store.close();
  assert.deepEqual((await open(disk)).found, ["a", "b", "", "c", "d"]);
});

test("what was acknowledged survives a loss of power, with no close", async () => {
  const disk = new DiskDouble();
  const { store } = await open(disk);
  await store.append([text("a")]);
  await store.append([text("b")]);
  assert.deepEqual((await open(killed(disk))).found, ["a", "b"]);
});

test("the loss of power shows a sync that does nothing (a planted fault)", async () => {
  const disk = new DiskDouble();
  const { store } = await open(disk);
  disk.lies = true;
  await store.append([text("a")]);
  assert.deepEqual((await open(killed(disk))).found, []);
});

test("appends of one turn share a sync", async () => {
  const disk = new DiskDouble();
  const { store } = await open(disk);
  let syncs = 0;
  disk.fault = (operation) => {
    if (operation === "sync") syncs++;
  };
  await Promise.all(Array.from({ length: 100 }, (_, index) => store.append([text(String(index))])));
  assert.equal(syncs, 1);
});

test("a torn tail is set aside, named, and written over", async () => {
  const disk = new DiskDouble();
  const first = await open(disk);
  await first.store.append([text("a")]);
  await first.store.append([text("b")]);
  const after = killed(disk);
  after.damage(LOG, (bytes) => bytes.subarray(0, bytes.length - 1));
  const second = await open(after);
  assert.deepEqual(second.found, ["a"]);
  assert.match(second.warnings[0]!, /log-0000000001: 28 bytes after byte \d+ were half written/);
  await second.store.append([text("c")]);
  assert.deepEqual((await open(killed(after))).found, ["a", "c"]);
});

test("each flipped bit of an acknowledged record is found and named, or set aside when it is the last", async () => {
  const disk = new DiskDouble();
  const first = await open(disk);
  for (const value of ["alpha", "beta", "gamma"]) await first.store.append([text(value)]);
  await first.store.close();
  const size = disk.crashed(() => 0);
  let length = 0;
  size.damage(LOG, (bytes) => {
    length = bytes.length;
    return bytes;
  });
  for (let bit = 0; bit < length * 8; bit++) {
    const spoiled = disk.crashed(() => 0);
    spoiled.damage(LOG, (bytes) => {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      return bytes;
    });
    // The mark that says "closed in order" stands last: it vouches for all three records and nothing vouches for it.
    const inRecords = bit >> 3 < length - 24;
    if (inRecords) {
      await assert.rejects(
        open(spoiled),
        (error: Error) => error.name === "StoreError" && /log-0000000001/.test(error.message),
        `bit ${bit}`,
      );
    } else assert.deepEqual((await open(spoiled)).found, ["alpha", "beta", "gamma"]);
  }
});

test("compact() replaces the log by the frozen state and what came after", async () => {
  const disk = new DiskDouble();
  const { store } = await open(disk);
  const applied: string[] = [];
  const write = (value: string) => store.append([text(value)]).then(() => applied.push(value));
  await write("a");
  const concurrent = [write("b"), write("c")];
  const compaction = store.compact(() => [...applied].map(text));
  assert.throws(() => store.compact(() => []), RangeError);
  concurrent.push(write("d"));
  await Promise.all([...concurrent, compaction]);
  const found = (await open(killed(disk))).found.map((entry) => entry.replace("s:", ""));
  assert.deepEqual(found, ["a", "b", "c", "d"]);
  assert.deepEqual(
    disk.paths().map((path) => path.replace(`${DIRECTORY}/`, "")),
    ["lock", "log-0000000002", "snapshot-0000000002"],
  );
});

test("a power loss at any step of a compaction loses nothing", async () => {
  for (let step = 0; step < 40; step++) {
    const disk = new DiskDouble();
    const { store } = await open(disk);
    await store.append([text("a")]);
    let steps = 0;
    let after: DiskDouble | undefined;
    disk.fault = () => {
      if (steps++ === step) after = disk.crashed(() => 0);
    };
    await store.compact(() => [text("a")]);
    const { found } = await open(after ?? killed(disk));
    assert.deepEqual(
      found.map((entry) => entry.replace("s:", "")),
      ["a"],
      `step ${step}`,
    );
  }
});

test("a damaged snapshot is refused by name", async () => {
  const disk = new DiskDouble();
  const { store } = await open(disk);
  await store.append([text("a")]);
  await store.compact(() => [text("a")]);
  for (const change of [
    (bytes: Buffer) => bytes.subarray(0, bytes.length - 10),
    (bytes: Buffer) => {
      bytes[bytes.length - 1]! ^= 1;
      return bytes;
    },
    (bytes: Buffer) => bytes.subarray(0, 18),
  ]) {
    const after = killed(disk);
    after.damage(`${DIRECTORY}/snapshot-0000000002`, change);
    await assert.rejects(open(after), /snapshot-0000000002 is damaged/);
  }
});

test("a full disk refuses writes with a sentence, keeps what it had, and takes writes again when there is space", async () => {
  const disk = new DiskDouble();
  const { store } = await open(disk);
  await store.append([text("a")]);
  disk.capacity = 200;
  await assert.rejects(store.append([Buffer.alloc(4_096, "x")]), { code: "full", message: /no space left on the disk; reads go on/ });
  for (let attempt = 0; attempt < 5; attempt++) await assert.rejects(store.append([Buffer.alloc(4_096, "x")]), { code: "full" });
  assert.equal(disk.paths().length, 2, "failures leave no files behind");
  disk.capacity = Number.POSITIVE_INFINITY;
  await store.append([text("b")]);
  assert.deepEqual((await open(killed(disk))).found, ["a", "b"]);
});

test("a compaction on a full disk fails and loses nothing", async () => {
  const disk = new DiskDouble();
  const { store } = await open(disk);
  await store.append([text("a")]);
  disk.capacity = 300;
  await assert.rejects(
    store.compact(() => [Buffer.alloc(4_096)]),
    { code: "full" },
  );
  disk.capacity = Number.POSITIVE_INFINITY;
  await store.append([text("b")]);
  assert.deepEqual((await open(killed(disk))).found, ["a", "b"]);
  await store.compact(() => [text("ab")]);
  assert.deepEqual((await open(killed(disk))).found, ["s:ab"]);
});

test("after a failed sync nothing of the refused records comes back, and the next go to a new file", async () => {
  const disk = new DiskDouble();
  const { store } = await open(disk);
  await store.append([text("a")]);
  let failing = true;
  disk.fault = (operation, path) => {
    if (failing && operation === "sync") {
      failing = false;
      throw failure("EIO", path);
    }
  };
  await assert.rejects(store.append([text("lost")]), { code: "io" });
  await store.append([text("b")]);
  assert.deepEqual((await open(killed(disk))).found, ["a", "b"]);
  assert.ok(disk.paths().includes(`${DIRECTORY}/log-0000000002`));
});

test("a read-only directory is refused with a sentence", async () => {
  const disk = new DiskDouble();
  disk.fault = (operation, path) => {
    if (operation === "createWhole") throw failure("EROFS", path);
  };
  await assert.rejects(open(disk), { code: "read-only", message: /data directory \/data cannot be used: it is read-only/ });
});

test("two stores on one directory: the second is refused by name of the first, until the first lets go", async () => {
  const disk = new DiskDouble();
  const first = await open(disk);
  await assert.rejects(open(disk), { code: "locked", message: new RegExp(`in use by process ${process.pid} `) });
  await first.store.close();
  await (await open(disk)).store.close();
});

test("the mark of an agent that crashed is set aside; then the next is refused all the same", async () => {
  const disk = new DiskDouble();
  const mark = { pid: 2 ** 22 + 1, startedAt: "never", host: (await import("node:os")).hostname(), nonce: "x" };
  await disk.createWhole(`${DIRECTORY}/lock`, JSON.stringify(mark));
  await open(disk);
  await assert.rejects(open(disk), { code: "locked" });
});

test("any history of appends, failures, compactions and power losses keeps what was acknowledged and nothing that was refused", async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seeded(seed);
    let disk = new DiskDouble();
    let model: string[] = [];
    let value = 0;
    for (let life = 0; life < 4; life++) {
      const { store, found } = await open(disk);
      const seen = found.map((entry) => entry.replace("s:", ""));
      // A record that was never answered may or may not have lasted: only at the very end, and only then.
      assert.deepEqual(seen.slice(0, model.length), model, `seed ${seed} life ${life}`);
      assert.ok(
        seen.slice(model.length).every((entry) => entry.startsWith("unanswered")),
        `seed ${seed} life ${life}: ${seen}`,
      );
      model = seen;
      let healthy = true;
      disk.fault = (operation, path) => {
        if (!healthy && (operation === "append" || operation === "sync")) throw failure(random() < 0.5 ? "ENOSPC" : "EIO", path);
      };
      for (let step = 0; step < 12; step++) {
        healthy = random() > 0.2;
        const batch = Array.from({ length: 1 + Math.floor(random() * 3) }, () => `v${value++}`);
        const kept = await store.append(batch.map(text)).then(
          () => true,
          () => false,
        );
        if (kept) model.push(...batch);
        healthy = true;
        if (random() < 0.2) {
          const state = [...model];
          await store.compact(() => state.map(text)).catch(() => {});
        }
      }
      disk.fault = () => {};
      if (random() < 0.3) await store.close();
      else {
        store.append([text(`unanswered${value++}`)]).catch(() => {});
        for (let turn = Math.floor(random() * 4); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
      }
      disk = disk.crashed(random);
    }
  }
});
