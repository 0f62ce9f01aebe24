import assert from "node:assert/strict";
import { test } from "node:test";
import { Http2ErrorCode } from "@consulrpc/http2";
import type { Clock } from "../call/clock.js";
import { ManualClock } from "../call/manual-clock.js";
import type { ServerKeepalive } from "./options.js";
import type { ServerConnection } from "./server-connection.js";
import { SERVER_KEEPALIVE_DEFAULT, ServerKeepaliveGuard } from "./server-keepalive.js";

const MINUTE_MS = 60_000;

/** A guard over a connection that only notes what is done to it. */
function guarded(options: ServerKeepalive = {}): {
  readonly clock: ManualClock;
  readonly guard: ServerKeepaliveGuard;
  readonly done: string[];
  readonly connection: { hasSent: boolean; callsSending: number; callsStarted: number; sender: { openStreams: number } };
} {
  const clock = new ManualClock();
  const done: string[] = [];
  const connection = {
    hasSent: false,
    callsSending: 0,
    callsStarted: 0,
    sender: {
      openStreams: 0,
      ping: () => done.push("ping"),
      goaway: (code: number, debug: string) => done.push(`goaway ${code} ${debug}`),
    },
    endpoint: { destroy: (reason: string) => done.push(`destroy ${reason}`) },
  };
  const guard = new ServerKeepaliveGuard(
    connection as unknown as ServerConnection,
    { ...SERVER_KEEPALIVE_DEFAULT, ...options },
    clock satisfies Clock,
    () => 0.5,
  );
  return { clock, guard, done, connection };
}

const TOO_MANY = `goaway ${Http2ErrorCode.ENHANCE_YOUR_CALM} too_many_pings`;

test("the third ping that comes too soon sends the client away", () => {
  const { clock, guard, done, connection } = guarded();
  connection.sender.openStreams = 1;
  for (let ping = 0; ping < 3; ping++) {
    guard.onPing();
    clock.advance(MINUTE_MS);
  }
  assert.deepEqual(done, []);
  guard.onPing();
  assert.deepEqual(done, [TOO_MANY]);
});

test("pings at the permitted pace get no strike while a call is open", () => {
  const { clock, guard, done, connection } = guarded();
  connection.sender.openStreams = 1;
  for (let ping = 0; ping < 20; ping++) {
    guard.onPing();
    clock.advance(5 * MINUTE_MS);
  }
  assert.deepEqual(done, []);
});

test("without a call the same pace is too fast, unless it is permitted", () => {
  for (const permitWithoutCalls of [false, true]) {
    const { clock, guard, done } = guarded({ permitWithoutCalls });
    for (let ping = 0; ping < 4; ping++) {
      guard.onPing();
      clock.advance(5 * MINUTE_MS);
    }
    assert.deepEqual(done, permitWithoutCalls ? [] : [TOO_MANY]);
  }
});

test("data that the server sent forgives the ping after it, and the strikes before it", () => {
  const { guard, done, connection } = guarded();
  connection.sender.openStreams = 1;
  for (let ping = 0; ping < 3; ping++) guard.onPing();
  connection.hasSent = true;
  for (let ping = 0; ping < 3; ping++) guard.onPing();
  assert.deepEqual(done, []);
  guard.onPing();
  assert.deepEqual(done, [TOO_MANY]);
});

test("a silent client is pinged, and closed when it does not answer", () => {
  const { clock, guard, done } = guarded({ intervalMs: MINUTE_MS, timeoutMs: 1_000 });
  clock.advance(MINUTE_MS);
  guard.onPong();
  clock.advance(MINUTE_MS);
  assert.deepEqual(done, ["ping", "ping"]);
  clock.advance(1_000);
  assert.deepEqual(done, ["ping", "ping", "destroy keepalive ping not answered within 1000 ms"]);
});

test("a connection of full age is drained, and cut when the grace is over", () => {
  const { clock, done } = guarded({ connectionAgeMs: MINUTE_MS, connectionAgeGraceMs: 5_000 });
  clock.advance(MINUTE_MS - 1);
  assert.deepEqual(done, []);
  clock.advance(1);
  assert.deepEqual(done, ["goaway 0 max_age"]);
  clock.advance(5_000);
  assert.deepEqual(done, ["goaway 0 max_age", "destroy max_age: the grace is over"]);
});

test("an idle connection is drained, one with a call open or begun meanwhile is not", () => {
  const { clock, done, connection } = guarded({ connectionIdleMs: 1_000 });
  connection.sender.openStreams = 1;
  clock.advance(1_000);
  connection.sender.openStreams = 0;
  connection.callsStarted = 1;
  clock.advance(1_000);
  assert.deepEqual(done, []);
  clock.advance(1_000);
  assert.deepEqual(done, ["goaway 0 max_idle"]);
});

test("stop() ends every timer", () => {
  const { clock, guard, done } = guarded({ intervalMs: 1_000, connectionAgeMs: 1_000, connectionIdleMs: 1_000 });
  guard.stop();
  clock.advance(MINUTE_MS);
  assert.deepEqual(done, []);
});
