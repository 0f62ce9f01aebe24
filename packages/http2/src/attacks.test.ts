import assert from "node:assert/strict";
import { test } from "node:test";
import { PREFACE } from "./frame/frame-reader.js";
import { Flag, FrameType } from "./frame/frame-type.js";
import { prepareHeaders } from "./hpack/prepared-headers.js";
import type { Http2Limits } from "./limits.js";
import { data, frame, GET, headers, OK, POST, ping, RawPeer, rst, settings, windowUpdate } from "./testing/raw-peer.js";

/**
 * WIRE's attack table. Each attack runs twice: with its limit lifted (the
 * planted weakness), where it must get through, and with the default in force,
 * where it must not. `survives` tells which of the two happened.
 */
interface Attack {
  readonly name: string;
  readonly lifted: Partial<Http2Limits>;
  /** True when the victim goes on serving as if nothing were wrong. */
  readonly succeeds: (limits: Partial<Http2Limits>) => boolean;
  /** What the victim does instead; undefined: the attack is answered without closing. */
  readonly closesWith?: string;
}

const off = Number.POSITIVE_INFINITY;
const odd = (index: number): number => index * 2 + 1;
let last: RawPeer;

function victim(limits: Partial<Http2Limits>): RawPeer {
  last = RawPeer.ready("server", limits);
  return last;
}

/** The victim lives and answers a PING. */
function alive(peer: RawPeer): boolean {
  peer.take();
  peer.send(ping());
  return peer.take().includes("PING 0 ACK");
}

const attacks: readonly Attack[] = [
  {
    name: "rapid reset (CVE-2023-44487): streams opened and reset at once",
    lifted: { resetsBurstMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      for (let index = 0; index < 1500; index++) peer.send(headers(odd(index), GET, true), rst(odd(index)));
      return alive(peer);
    },
  },
  {
    name: "rapid reset, behind whose streams handlers still run",
    lifted: { concurrentStreamsMax: 1e9 },
    succeeds: (limits) => {
      let running = 0;
      const peer = RawPeer.ready(
        "server",
        { concurrentStreamsMax: 50, ...limits },
        {
          onHeaders: (stream) => {
            running++;
            peer.connection.retain(stream);
          },
        },
      );
      for (let index = 0; index < 500; index++) peer.send(headers(odd(index), GET, true), rst(odd(index)));
      return running > 50;
    },
  },
  {
    name: "MadeYouReset (CVE-2025-8671): frames that make the victim reset its streams",
    lifted: { resetsBurstMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      for (let index = 0; index < 1500; index++) peer.send(headers(odd(index), GET, true), windowUpdate(odd(index), 0));
      return alive(peer);
    },
  },
  {
    name: "CONTINUATION flood (CVE-2024-27316): a block that never ends, in small frames",
    lifted: { continuationFramesMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.send(frame(FrameType.HEADERS, 0, 1, prepareHeaders(GET).bytes));
      for (let index = 0; index < 500; index++) peer.send(frame(FrameType.CONTINUATION, 0, 1, prepareHeaders(["x", "y"]).bytes));
      return !peer.connection.ended;
    },
  },
  {
    name: "CONTINUATION flood in large frames",
    lifted: { headerBlockBytesMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.send(frame(FrameType.HEADERS, 0, 1, prepareHeaders(GET).bytes));
      for (let index = 0; index < 8; index++) peer.send(frame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(16_384, 0x82)));
      return !peer.connection.ended;
    },
  },
  {
    name: "PING flood (CVE-2019-9512) by a peer that does not read",
    lifted: { queuedAcksMax: off, queuedControlFramesMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      for (let index = 0; index < 6000; index++) peer.sendUnread(ping());
      return !peer.connection.ended;
    },
  },
  {
    name: "SETTINGS flood (CVE-2019-9515) by a peer that does not read",
    lifted: { queuedAcksMax: off, queuedControlFramesMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      for (let index = 0; index < 6000; index++) peer.sendUnread(settings());
      return !peer.connection.ended;
    },
  },
  {
    name: "SETTINGS with thousands of settings in one frame",
    lifted: { settingsPerFrameMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.send(settings(...Array.from({ length: 2000 }, () => [0x99, 1] as const)));
      return alive(peer);
    },
  },
  {
    name: "outbound queue growth: resets provoked by a peer that does not read",
    lifted: { queuedControlFramesMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim({ resetsBurstMax: off, ...limits });
      for (let index = 0; index < 6000; index++) peer.sendUnread(headers(odd(index), GET, true), windowUpdate(odd(index), 0));
      return !peer.connection.ended;
    },
  },
  {
    name: "HPACK bomb (CVE-2016-6581): one large entry referenced thousands of times",
    lifted: { headerListBytesMax: 2 ** 31, headerFieldsMax: off },
    succeeds: (limits) => {
      const peer = victim(limits);
      const insert = Buffer.concat([Buffer.from([0x40, 1, 0x78, 0x7f, 0xa1, 0x1e]), Buffer.alloc(4000, 0x79)]);
      peer.send(frame(FrameType.HEADERS, 5, 1, Buffer.concat([prepareHeaders(GET).bytes, insert, Buffer.alloc(10_000, 0xbe)])));
      return peer.take().some((line) => line.startsWith("listener onHeaders"));
    },
  },
  {
    name: "empty header fields by the thousand (CVE-2019-9516)",
    lifted: { headerFieldsMax: off },
    succeeds: (limits) => {
      const peer = victim({ headerListBytesMax: 2 ** 31, ...limits });
      const empty = Buffer.from(Array.from({ length: 3000 }, () => [0x00, 1, 0x78, 0]).flat());
      peer.send(frame(FrameType.HEADERS, 5, 1, Buffer.concat([prepareHeaders(GET).bytes, empty])));
      return peer.take().some((line) => line.startsWith("listener onHeaders"));
    },
  },
  {
    name: "a header list just over its size",
    lifted: { headerListBytesMax: 2 ** 31 },
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.send(headers(1, [...GET, "x-large", "y".repeat(10_000)], true));
      return peer.take().some((line) => line.startsWith("listener onHeaders"));
    },
  },
  {
    name: "empty frames (CVE-2019-9518): DATA without payload or end",
    lifted: { emptyFramesMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.send(headers(1, POST));
      for (let index = 0; index < 500; index++) peer.send(data(1, ""));
      return alive(peer);
    },
  },
  {
    name: "empty frames that hold nothing but padding",
    lifted: { emptyFramesMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.send(headers(1, POST));
      for (let index = 0; index < 500; index++) peer.send(frame(FrameType.DATA, Flag.PADDED, 1, [4, 0, 0, 0, 0]));
      return alive(peer);
    },
  },
  {
    name: "data dribble (CVE-2019-9511): a window doled out one octet at a time",
    lifted: { dribbledFramesBurstMax: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.send(settings([4, 0]), headers(1, GET, true));
      const stream = peer.streams.get(1)!;
      peer.connection.sendHeaders(stream, prepareHeaders(OK), undefined, false);
      peer.connection.sendData(stream, Buffer.alloc(100_000), true);
      for (let index = 0; index < 1500; index++) peer.send(windowUpdate(1, 1));
      return alive(peer);
    },
  },
  {
    name: "slow read: a peer whose socket takes nothing",
    lifted: { sendStallTimeoutMs: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.sendUnread(ping()).wait(59_000).wait(120_000);
      return !peer.connection.ended;
    },
  },
  {
    name: "zero window on the connection (CVE-2016-1546)",
    lifted: { sendStallTimeoutMs: off },
    closesWith: "ENHANCE_YOUR_CALM",
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.send(headers(1, GET, true));
      const stream = peer.streams.get(1)!;
      peer.connection.sendHeaders(stream, prepareHeaders(OK), undefined, false);
      peer.connection.sendData(stream, Buffer.alloc(100_000), true);
      peer.send(windowUpdate(1, 1_000_000)).wait(120_000);
      return !peer.connection.ended;
    },
  },
  {
    name: "zero window on a stream",
    lifted: { streamStallTimeoutMs: off },
    succeeds: (limits) => {
      const peer = victim(limits);
      peer.send(settings([4, 0]), headers(1, GET, true));
      const stream = peer.streams.get(1)!;
      peer.connection.sendHeaders(stream, prepareHeaders(OK), undefined, false);
      peer.connection.sendData(stream, Buffer.alloc(1000), true);
      peer.drain().take();
      peer.wait(400_000).drain();
      return !peer.take().includes("RST_STREAM 1 CANCEL");
    },
  },
  {
    name: "many stalled replies: bytes queued without end",
    lifted: { queuedBytesMax: off },
    succeeds: (limits) => {
      const peer = victim({ queuedBytesMax: 1_000_000, ...limits });
      peer.send(settings([4, 0]));
      for (let index = 0; index < 20; index++) {
        peer.send(headers(odd(index), GET, true));
        const stream = peer.streams.get(odd(index));
        if (stream === undefined) continue;
        peer.connection.sendHeaders(stream, prepareHeaders(OK), undefined, false);
        peer.connection.sendData(stream, Buffer.alloc(100_000), true);
      }
      return !peer.take().some((line) => line.endsWith("REFUSED_STREAM"));
    },
  },
  {
    name: "unread uploads: bytes that the handlers do not consume",
    lifted: { unconsumedBytesMax: off },
    succeeds: (limits) => {
      const peer = RawPeer.ready(
        "server",
        { unconsumedBytesMax: 100_000, windowBytesMax: 65_535, ...limits },
        {
          onHeaders: (stream) => peer.connection.pauseReading(stream),
        },
      );
      let credit = 65_535;
      let sent = 0;
      for (let index = 0; index < 100; index++) {
        peer.send(headers(odd(index), POST));
        while (credit >= 16_384 && sent < (index + 1) * 49_152) {
          peer.send(data(odd(index), Buffer.alloc(16_384)));
          credit -= 16_384;
          sent += 16_384;
          for (const line of peer.take()) if (line.startsWith("WINDOW_UPDATE 0 ")) credit += Number(line.split(" ")[2]);
        }
      }
      return sent > 1_000_000;
    },
  },
  {
    name: "handshake stall: no preface",
    lifted: { prefaceTimeoutMs: off },
    closesWith: "PROTOCOL_ERROR",
    succeeds: (limits) => {
      last = new RawPeer("server", limits).wait(9_000).wait(2_000);
      return !last.connection.ended;
    },
  },
  {
    name: "handshake stall: a preface, and no SETTINGS",
    lifted: { firstSettingsTimeoutMs: off, settingsAckTimeoutMs: off },
    closesWith: "SETTINGS_TIMEOUT",
    succeeds: (limits) => {
      last = new RawPeer("server", limits).send(PREFACE).wait(1_900).wait(200);
      return !last.connection.ended;
    },
  },
  {
    name: "SETTINGS that are never acknowledged",
    lifted: { settingsAckTimeoutMs: off },
    closesWith: "SETTINGS_TIMEOUT",
    succeeds: (limits) => {
      last = new RawPeer("server", limits).send(PREFACE, settings()).wait(29_000).wait(2_000);
      return !last.connection.ended;
    },
  },
  {
    name: "more streams at once than were allowed",
    lifted: { concurrentStreamsMax: 1e9 },
    succeeds: (limits) => {
      const peer = victim(limits);
      for (let index = 0; index < 4200; index++) peer.send(headers(odd(index), POST));
      return !peer.take().some((line) => line.endsWith("REFUSED_STREAM"));
    },
  },
];

for (const attack of attacks) {
  test(`${attack.name}: gets through without its limit, and not with it`, () => {
    assert.equal(attack.succeeds(attack.lifted), true, "the planted weakness must show");
    assert.equal(attack.succeeds({}), false, "the default limit must hold");
    if (attack.closesWith !== undefined) assert.equal(last.closedWith, attack.closesWith);
  });
}
