import assert from "node:assert/strict";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Channel, Code, codeName, createChannel, createServer, RpcError, type Server } from "@consulrpc/grpc";
import { seededRandom } from "@consulrpc/grpc/balance";
import { all, binding, both, down, list, once, up } from "../integration/grpc/contract.js";
import type { RunLong } from "../suite.js";

const DURATION_S = 300;
const SEED = 1;
const WORKERS = 24;
/** Between two faults, at most. */
const FAULT_INTERVAL_MS = 100;
/** No call may take longer: one that does was forgotten. */
const CALL_MS_MAX = 30_000;
/** A third after the first one may end with so much more on the heap. */
const HEAP_GROWTH_BYTES_MAX = 8 * 2 ** 20;
/** Messages of a stream: some fit into the first window, some do not. */
const ITEMS_MAX = 40;
const ITEM = "x".repeat(4_000);

/** The reasons that the faults below give a call to fail; any other is a finding. */
const REASONS: ReadonlySet<Code> = new Set([Code.CANCELLED, Code.UNAVAILABLE, Code.ABORTED, Code.DEADLINE_EXCEEDED]);

/**
 * `npm run long -- soak [SECONDS] [SEED]`: all four kinds of calls with resets of
 * both sides, slow readers, short deadlines, GOAWAYs, cut connections and servers
 * that drain and come back. Every call that was sent is answered rightly or fails
 * with a reason, the server holds no call when all are over, and memory stays flat.
 */
export const run: RunLong = async ([seconds, seed]) => {
  const durationMs = Number(seconds ?? DURATION_S) * 1_000;
  const soak = new Soak(seededRandom(Number(seed ?? SEED)));
  await soak.begin();
  const heaps: number[] = [];
  for (let third = 0; third < 3; third++) {
    await soak.runFor(durationMs / 3);
    heaps.push(await settledHeap());
  }
  await soak.end();
  soak.print(heaps);
  soak.check();
  const [first = 0, , last = 0] = heaps;
  assert.ok(last - first <= HEAP_GROWTH_BYTES_MAX, `the heap grew by ${last - first} bytes after the first third`);
};

class Soak {
  private sent = 0;
  private answered = 0;
  private readonly failed = new Map<Code, number>();
  private readonly faults = new Map<string, number>();
  private readonly findings: unknown[] = [];
  /** What the calls are that are not over yet, by number. */
  private readonly underWay = new Map<number, string>();
  private running = false;
  private restarting = false;
  private handlersRunning = 0;
  private server: Server = createServer();
  private port = 0;
  private channel!: Channel;
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  async begin(): Promise<void> {
    await this.startServer();
    this.channel = createChannel(`127.0.0.1:${this.port}`, { backoff: { initialMs: 10, maxMs: 50 } });
    await this.channel.ready();
  }

  async runFor(durationMs: number): Promise<void> {
    this.running = true;
    const work = Promise.all([this.disturb(), ...Array.from({ length: WORKERS }, () => this.work())]);
    await pause(durationMs);
    this.running = false;
    const late = pause(CALL_MS_MAX, "late", { ref: false });
    if ((await Promise.race([work, late])) === "late") {
      throw new Error(
        `not over after ${CALL_MS_MAX} ms: ${this.underWay.size} calls (${[...this.underWay.values()].join(", ")}), restarting: ${this.restarting}`,
      );
    }
  }

  async end(): Promise<void> {
    await this.channel.close();
    // Returns when every connection is gone; a handler that was cancelled may take one more turn.
    await this.server.close();
    await pause(100);
  }

  print(heaps: readonly number[]): void {
    const mebibytes = heaps.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(", ");
    console.log(`${this.sent} calls sent, ${this.answered} answered, ${this.failures} failed with a reason; heap ${mebibytes} MiB`);
    for (const [code, count] of this.failed) console.log(`  ${count} x ${codeName(code)}`);
    for (const [fault, count] of this.faults) console.log(`  fault: ${count} x ${fault}`);
  }

  check(): void {
    assert.deepEqual(this.findings, []);
    assert.equal(this.sent, this.answered + this.failures);
    assert.equal(this.handlersRunning, 0, "handlers run on after their calls");
    assert.equal(this.server.internals.core.connections.size, 0);
    for (const code of REASONS) assert.ok(this.failed.has(code), `no call failed with ${codeName(code)}: a fault did not happen`);
    for (const fault of ["goaway", "cut", "restart"]) assert.ok(this.faults.has(fault), `the fault ${fault} did not happen`);
  }

  private get failures(): number {
    return [...this.failed.values()].reduce((sum, count) => sum + count, 0);
  }

  private async work(): Promise<void> {
    while (this.running) {
      const hurdle = new AbortController();
      const number = ++this.sent;
      this.underWay.set(number, "");
      try {
        await this.call(number, hurdle);
        this.answered++;
      } catch (thrown) {
        if (thrown instanceof RpcError && REASONS.has(thrown.code)) this.failed.set(thrown.code, (this.failed.get(thrown.code) ?? 0) + 1);
        else this.findings.push(thrown);
        // While no server is there calls fail at once: without a turn for timers and sockets it would stay so.
        await turn();
      }
      this.underWay.delete(number);
    }
  }

  /** One call of a random kind; now and then its caller gives it up, or has little time. */
  private async call(number: number, hurdle: AbortController): Promise<void> {
    const options = {
      signal: hurdle.signal,
      waitForReady: this.chance(0.5),
      ...(this.chance(0.02) ? { timeoutMs: 1 + this.below(5) } : {}),
    };
    if (this.chance(0.1)) setTimeout(() => hurdle.abort(), this.below(10));
    const text = this.chance(0.02) ? "fail" : `text ${number}`;
    const count = this.below(ITEMS_MAX);
    const items = Array.from({ length: count }, (_, at) => `${at} ${ITEM}`);
    const kind = this.below(4);
    this.underWay.set(number, `${["once", "down", "up", "both"][kind]} of ${count}`);
    switch (kind) {
      case 0:
        assert.equal(await this.channel.unary(once, text, options), text);
        return;
      case 1:
        assert.equal(await this.readSlowly(this.channel.serverStreaming(down, `${count}`, options)), count);
        return;
      case 2:
        assert.equal(await this.channel.clientStreaming(up, list(...items), options), `${count}`);
        return;
      default:
        assert.equal(await this.readSlowly(this.channel.bidi(both, list(...items), options)), count);
    }
  }

  /** Counts the items, which must come in order; every tenth reader dawdles, and every twentieth leaves early. */
  private async readSlowly(items: AsyncIterable<unknown>): Promise<number> {
    const slow = this.chance(0.1);
    const leaves = this.chance(0.05);
    let count = 0;
    for await (const item of items) {
      assert.equal(item, `${count} ${ITEM}`);
      count++;
      if (slow) await pause(this.below(5));
      if (leaves && count === 3) throw new RpcError(Code.CANCELLED, "the reader has seen enough");
    }
    return count;
  }

  private async disturb(): Promise<void> {
    while (this.running) {
      await pause(this.below(FAULT_INTERVAL_MS));
      const { connections } = this.server.internals.core;
      const fault = (["goaway", "cut", "restart"] as const)[this.below(3)] as string;
      this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
      if (fault === "goaway") for (const { sender } of connections) sender.goaway(0, "soak");
      else if (fault === "cut") for (const { endpoint } of [...connections]) endpoint.destroy("soak");
      else {
        this.restarting = true;
        await this.server.drain({ graceMs: this.below(200) });
        await this.startServer();
        this.restarting = false;
      }
    }
  }

  private async startServer(): Promise<void> {
    this.server = createServer({ log: () => {} });
    this.server.add(
      binding({
        Once: this.counted(async (request) => {
          if (request === "fail") throw new RpcError(Code.ABORTED, "as asked");
          return request;
        }),
        Up: this.counted(async (requests) => `${(await all(requests as AsyncIterable<unknown>)).length}`),
        Down: this.countedStream(async function* (request) {
          for (let at = 0; at < Number(request); at++) yield `${at} ${ITEM}`;
        }),
        Both: this.countedStream((requests) => requests as AsyncIterable<unknown>),
      }),
    );
    ({ port: this.port } = await this.server.listen({ host: "127.0.0.1", port: this.port }));
  }

  private counted(handler: (request: unknown) => Promise<unknown>): (request: unknown) => Promise<unknown> {
    return async (request) => {
      this.handlersRunning++;
      try {
        return await handler(request);
      } finally {
        this.handlersRunning--;
      }
    };
  }

  private countedStream(handler: (request: unknown) => AsyncIterable<unknown>): (request: unknown) => AsyncGenerator<unknown> {
    const soak = this;
    return async function* (request) {
      soak.handlersRunning++;
      try {
        yield* handler(request);
      } finally {
        soak.handlersRunning--;
      }
    };
  }

  private chance(of: number): boolean {
    return this.random() < of;
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}

/** What is left after garbage collection, which needs no flag on the command line this way. */
async function settledHeap(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await pause(200);
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
