import assert from "node:assert/strict";
import { test } from "node:test";
import { Http2ErrorCode } from "./error-code.js";
import { Flag, FrameType } from "./frame/frame-type.js";
import { prepareHeaders } from "./hpack/prepared-headers.js";
import { data, frame, GET, headers, OK, POST, ping, RawPeer, rst, settings, settingsAck, windowUpdate } from "./testing/raw-peer.js";

/** Transcripts: what the peer sends on the left, everything the core says and reports on the right. */

const ok = prepareHeaders(OK);
const get = prepareHeaders(GET);
const post = prepareHeaders(POST);
const trailers = prepareHeaders(["grpc-status", "0"]);
const INITIAL_WINDOW_SIZE = 4;
const MAX_FRAME_SIZE = 5;
const MAX_CONCURRENT_STREAMS = 3;

const server = (): RawPeer => RawPeer.ready("server");

/** A client with one stream open, its request forgotten. */
function client(endStream = true): RawPeer {
  const peer = RawPeer.ready("client");
  const stream = peer.connection.openStream(undefined, endStream ? get : post, undefined, endStream);
  peer.streams.set(1, stream!);
  peer.drain().take();
  return peer;
}

test("a server answers a request with headers, data and trailers in one batch", () => {
  const peer = server();
  peer.send(headers(1, POST), data(1, "hello", true));
  assert.deepEqual(peer.take(), ["listener onHeaders 1 :method=POST :scheme=http :path=/ :authority=localhost", "listener onData 1 5 end"]);
  const stream = peer.streams.get(1)!;
  peer.connection.sendHeaders(stream, ok, ["x-more", "1"], false);
  const sink = peer.connection.beginData(stream);
  sink.reserve(3);
  sink.bytes.write("abc", sink.position);
  sink.position += 3;
  assert.equal(peer.connection.endData(stream, false), true);
  peer.connection.sendHeaders(stream, trailers, undefined, true);
  const batch = peer.connection.takeOutput();
  assert.equal(batch?.chunks().length, 1);
  assert.equal(peer.connection.openStreams, 0);
});

test("a core reads the same from any cut of the bytes", () => {
  const bytes = Buffer.concat([
    headers(1, POST),
    frame(FrameType.DATA, Flag.PADDED, 1, [3, 1, 2, 3, 0, 0, 0]),
    ping(),
    data(1, "hello", true),
    headers(3, GET, true),
  ]);
  const whole = server().send(bytes).take();
  for (let size = 1; size < bytes.length; size++) {
    const peer = server();
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    for (const piece of pieces) peer.send(piece);
    assert.deepEqual(sorted(peer.take()), sorted(whole), `in pieces of ${size}`);
  }
});

/** What is reported, in order, then what is written, in order: the cut decides only how the two mix. */
function sorted(lines: readonly string[]): string[] {
  const reported = lines.filter((line) => line.startsWith("listener"));
  return [...joinData(reported), ...lines.filter((line) => !line.startsWith("listener"))];
}

/** DATA is reported as it arrives: sums it up per stream, in the place where it ended. */
function joinData(lines: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const joined: string[] = [];
  for (const line of lines) {
    const [, id = "", count = ""] = /^listener onData (\d+) (\d+)/.exec(line) ?? [];
    if (id === "") joined.push(line);
    else counts.set(id, (counts.get(id) ?? 0) + Number(count));
    if (line.endsWith(" end")) joined.push(`onData ${id} ${counts.get(id)} end`);
  }
  return joined;
}

test("a client reports informational headers, the reply, its data and trailers", () => {
  const peer = client();
  peer.send(headers(1, [":status", "103", "link", "</a>"]), headers(1, OK), data(1, "hi"), headers(1, ["grpc-status", "0"], true));
  assert.deepEqual(peer.take(), [
    "listener onInformational 1 :status=103 link=</a>",
    "listener onHeaders 1 :status=200",
    "listener onData 1 2",
    "listener onTrailers 1 grpc-status=0",
  ]);
  assert.equal(peer.connection.openStreams, 0);
});

test("data waits for the stream's window, and trailers for the data", () => {
  const peer = server();
  peer.send(settings([INITIAL_WINDOW_SIZE, 10]), headers(1, GET, true)).take();
  const stream = peer.streams.get(1)!;
  peer.connection.sendHeaders(stream, ok, undefined, false);
  assert.equal(peer.connection.sendData(stream, Buffer.alloc(25), false), false);
  assert.equal(stream.queuedBytes, 15);
  peer.connection.sendHeaders(stream, trailers, undefined, true);
  assert.deepEqual(peer.drain().take(), ["HEADERS 1 :status=200", "DATA 1 10"]);
  assert.deepEqual(peer.send(windowUpdate(1, 10)).take(), ["DATA 1 10"]);
  assert.deepEqual(peer.send(windowUpdate(1, 10)).take(), ["DATA 1 5", "HEADERS 1 END_STREAM grpc-status=0"]);
  assert.equal(peer.connection.openStreams, 0);
});

test("a smaller INITIAL_WINDOW_SIZE drives an open window below zero, and nothing is sent until it is positive again", () => {
  const peer = server();
  peer.send(headers(1, GET, true));
  const stream = peer.streams.get(1)!;
  peer.connection.sendHeaders(stream, ok, undefined, false);
  peer.connection.sendData(stream, Buffer.alloc(60_000), false);
  peer.send(settings([INITIAL_WINDOW_SIZE, 0])).take();
  assert.equal(peer.connection.sendData(stream, Buffer.alloc(5), true), false);
  assert.deepEqual(peer.send(windowUpdate(1, 60_000)).take(), []);
  assert.deepEqual(peer.send(windowUpdate(1, 1)).take(), ["DATA 1 1"]);
  assert.deepEqual(peer.send(settings([INITIAL_WINDOW_SIZE, 100])).take(), ["SETTINGS 0 ACK", "DATA 1 END_STREAM 4"]);
});

test("streams take turns on a connection window that is too small for all", () => {
  const peer = server();
  peer.send(settings([INITIAL_WINDOW_SIZE, 1_000_000]), headers(1, GET, true), headers(3, GET, true));
  for (const id of [1, 3]) {
    peer.connection.sendHeaders(peer.streams.get(id)!, ok, undefined, false);
    peer.connection.sendData(peer.streams.get(id)!, Buffer.alloc(80_000), true);
  }
  peer.drain().take();
  const lines = peer.send(windowUpdate(0, 65_536)).take();
  // Stream 1 had the first 65,535 octets: it has 14,465 left.
  assert.deepEqual(lines, ["DATA 1 END_STREAM 14465", "DATA 3 16384", "DATA 3 16384", "DATA 3 16384", "DATA 3 1919"]);
});

test("data is cut to the peer's MAX_FRAME_SIZE, and small payloads that had to wait share a frame", () => {
  const peer = server();
  peer.send(settings([MAX_FRAME_SIZE, 20_000], [INITIAL_WINDOW_SIZE, 45_000]), headers(1, GET, true));
  const stream = peer.streams.get(1)!;
  peer.connection.sendHeaders(stream, ok, undefined, false);
  peer.connection.sendData(stream, Buffer.alloc(45_000), false);
  assert.deepEqual(peer.drain().take().slice(-3), ["DATA 1 20000", "DATA 1 20000", "DATA 1 5000"]);
  for (let index = 0; index < 10; index++) peer.connection.sendData(stream, Buffer.alloc(100), index === 9);
  assert.deepEqual(peer.send(windowUpdate(1, 5000)).take(), ["DATA 1 END_STREAM 1000"]);
});

test("onDrain follows when everything queued has been framed", () => {
  const peer = server();
  peer.send(settings([INITIAL_WINDOW_SIZE, 0]), headers(1, GET, true));
  const stream = peer.streams.get(1)!;
  peer.connection.sendHeaders(stream, ok, undefined, false);
  peer.connection.sendData(stream, Buffer.alloc(10), false);
  peer.drain().take();
  assert.deepEqual(peer.send(windowUpdate(1, 10)).take(), ["listener onDrain 1", "DATA 1 10"]);
});

test("a large payload written into the sink is cut into frames octet for octet, behind what stood before it", () => {
  const peer = server();
  peer.send(headers(1, GET, true), headers(3, GET, true)).take();
  const [first, second] = [peer.streams.get(1)!, peer.streams.get(3)!];
  peer.connection.sendHeaders(first, ok, undefined, false);
  peer.connection.sendHeaders(second, ok, undefined, false);
  const sink = peer.connection.beginData(first);
  sink.reserve(100_000);
  for (let index = 0; index < 100_000; index++) sink.bytes[sink.position++] = index % 251;
  assert.equal(peer.connection.endData(first, true), false);
  peer.connection.sendData(second, Buffer.from("after"), true);
  const written: number[] = [];
  const collect = (): void => {
    for (let batch = peer.connection.takeOutput(); batch !== undefined; batch = peer.connection.takeOutput()) {
      const bytes = Buffer.concat(batch.chunks());
      for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
        if (bytes[at + 3] === FrameType.DATA && bytes[at + 8] === 1)
          written.push(...bytes.subarray(at + 9, at + 9 + bytes.readUIntBE(at, 3)));
      }
      batch.recycle();
    }
  };
  collect();
  assert.equal(written.length, 65_535);
  peer.sendUnread(windowUpdate(0, 100_000), windowUpdate(1, 100_000));
  collect();
  assert.equal(written.length, 100_000);
  assert.ok(written.every((octet, index) => octet === index % 251));
  assert.equal(peer.connection.openStreams, 0);
});

test("a payload given up leaves no trace", () => {
  const peer = server();
  peer.send(headers(1, GET, true)).take();
  const stream = peer.streams.get(1)!;
  peer.connection.sendHeaders(stream, ok, undefined, false);
  const sink = peer.connection.beginData(stream);
  sink.reserve(100_000);
  sink.position += 100_000;
  peer.connection.cancelData(stream);
  peer.connection.endStream(stream);
  assert.deepEqual(peer.drain().take(), ["HEADERS 1 :status=200", "DATA 1 END_STREAM 0"]);
});

test("takeOutput() gives no empty batch when a begun payload has to wait for its window or is given up", () => {
  const peer = server();
  peer.send(settings([INITIAL_WINDOW_SIZE, 0]), headers(1, GET, true)).take();
  const stream = peer.streams.get(1)!;
  peer.connection.sendHeaders(stream, ok, undefined, false);
  peer.drain().take();
  const sink = peer.connection.beginData(stream);
  sink.reserve(3);
  sink.position += 3;
  assert.equal(peer.connection.endData(stream, false), false);
  assert.equal(peer.connection.takeOutput(), undefined);
  peer.connection.beginData(stream);
  peer.connection.cancelData(stream);
  assert.equal(peer.connection.takeOutput(), undefined);
  assert.deepEqual(peer.send(windowUpdate(1, 3)).take(), ["listener onDrain 1", "DATA 1 3"]);
});

test("extra fields that may not be sent throw and leave no trace", () => {
  const peer = server();
  peer.send(headers(1, GET, true)).take();
  assert.throws(() => peer.connection.sendHeaders(peer.streams.get(1)!, ok, ["x", "a\r\nb"], false), TypeError);
  peer.connection.ping();
  assert.deepEqual(peer.drain().take(), ["PING 0"]);
});

test("a header block beyond the peer's frame size continues in CONTINUATION", () => {
  const peer = RawPeer.ready("client");
  peer.connection.openStream(undefined, get, ["x-large", "y".repeat(40_000)], true);
  // Huffman code makes 7 bits of a "y".
  assert.deepEqual(peer.drain().take(), ["HEADERS 1 END_STREAM", "CONTINUATION 1 16384", "CONTINUATION 1 2259"]);
});

test("received data is credited half a window at a time, the connection's at once and a paused stream's when it is consumed", () => {
  const peer = RawPeer.ready(
    "server",
    { windowBytesMax: 65_535 },
    {
      onHeaders: (stream) => {
        peer.streams.set(stream.id, stream);
        peer.connection.pauseReading(stream);
      },
    },
  );
  peer.send(headers(1, POST), data(1, Buffer.alloc(16_000)), data(1, Buffer.alloc(16_000)));
  assert.deepEqual(
    peer.take().filter((line) => line.startsWith("WINDOW")),
    [],
  );
  peer.send(data(1, Buffer.alloc(16_000)));
  assert.deepEqual(
    peer.take().filter((line) => line.startsWith("WINDOW")),
    ["WINDOW_UPDATE 0 48000"],
  );
  peer.connection.consumed(peer.streams.get(1)!, 16_000);
  assert.deepEqual(peer.drain().take(), []);
  peer.connection.consumed(peer.streams.get(1)!, 32_000);
  assert.deepEqual(peer.drain().take(), ["WINDOW_UPDATE 1 48000"]);
});

test("padding counts against both windows", () => {
  const peer = RawPeer.ready("server", { windowBytesMax: 65_535 });
  peer.send(headers(1, POST));
  for (let index = 0; index < 131; index++) peer.send(frame(FrameType.DATA, Flag.PADDED, 1, [250, 7, ...Buffer.alloc(250)]));
  const credits = peer.take().filter((line) => line.startsWith("WINDOW"));
  assert.deepEqual(
    credits.map((line) => [line.split(" ")[1], Number(line.split(" ")[2]) >= 32_768]),
    [
      ["0", true],
      ["1", true],
    ],
  );
});

test("data beyond a window is a flow-control error", () => {
  const peer = RawPeer.ready(
    "server",
    { windowBytesMax: 65_535, initialWindowBytes: 65_535 },
    { onHeaders: (stream) => peer.connection.pauseReading(stream) },
  );
  peer.send(headers(1, POST));
  for (let index = 0; index < 4; index++) peer.send(data(1, Buffer.alloc(16_384)));
  assert.ok(peer.take().includes("RST_STREAM 1 FLOW_CONTROL_ERROR") || peer.closedWith === "FLOW_CONTROL_ERROR");
});

test("the bandwidth estimate widens the windows of a fast link up to the limit", () => {
  const peer = RawPeer.ready("server", { windowBytesMax: 1 << 20 });
  peer.send(headers(1, POST));
  let credit = 65_535;
  let granted = 0;
  let pinged = false;
  for (let round = 0; round < 400; round++) {
    while (credit >= 16_384) {
      peer.send(data(1, Buffer.alloc(16_384)));
      credit -= 16_384;
    }
    // A round trip: the data was under way when the ACK of the PING before it left.
    peer.nowMs += 1;
    if (pinged) peer.send(frame(FrameType.PING, Flag.ACK, 0, [0, 0, 0, 0, 0, 0, 0, 2]));
    pinged = false;
    for (const line of peer.take()) {
      if (line.startsWith("WINDOW_UPDATE 0")) credit += Number(line.split(" ")[2]);
      if (line === "PING 0") pinged = true;
      if (line === "SETTINGS 0") {
        granted++;
        peer.send(settingsAck());
      }
    }
  }
  assert.ok(granted >= 3, `${granted} new windows`);
  assert.ok(credit <= 1 << 20);
});

test("a client keeps to MAX_CONCURRENT_STREAMS and is told when there is room again", () => {
  const peer = RawPeer.ready("client");
  peer.send(settings([MAX_CONCURRENT_STREAMS, 1])).take();
  assert.ok(peer.connection.openStream(undefined, get, undefined, true));
  assert.equal(peer.connection.openStream(undefined, get, undefined, true), undefined);
  peer.drain().take();
  assert.deepEqual(peer.send(headers(1, OK, true)).take(), ["listener onStreamsAvailable", "listener onHeaders 1 end :status=200"]);
  assert.equal(peer.connection.openStream(undefined, get, undefined, true)?.id, 3);
});

test("a server drains in two steps: streams already under way are served, later ones ignored", () => {
  const peer = server();
  peer.send(headers(1, GET, true)).take();
  peer.connection.goaway(Http2ErrorCode.NO_ERROR);
  assert.deepEqual(peer.drain().take(), ["GOAWAY 0 2147483647 NO_ERROR", "PING 0"]);
  peer.send(headers(3, GET, true));
  assert.deepEqual(peer.take(), ["listener onHeaders 3 end :method=GET :scheme=http :path=/ :authority=localhost"]);
  peer.send(frame(FrameType.PING, Flag.ACK, 0, [0, 0, 0, 0, 0, 0, 0, 3]));
  assert.deepEqual(peer.take(), ["GOAWAY 0 3 NO_ERROR"]);
  peer.send(headers(5, GET, true));
  assert.deepEqual(peer.take(), []);
  for (const id of [1, 3]) peer.connection.sendHeaders(peer.streams.get(id)!, ok, undefined, true);
  assert.deepEqual(peer.drain().take(), [
    "HEADERS 1 END_STREAM :status=200",
    "HEADERS 3 END_STREAM :status=200",
    "listener onClose NO_ERROR drained",
  ]);
  assert.equal(peer.connection.ended, true);
});

test("a client treats a graceful GOAWAY as the end of new streams only", () => {
  const peer = client();
  peer.send(frame(FrameType.GOAWAY, 0, 0, [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
  assert.deepEqual(peer.take(), ["listener onGoaway 2147483647 NO_ERROR"]);
  assert.equal(peer.connection.openStream(undefined, get, undefined, true), undefined);
  peer.send(headers(1, OK, true));
  assert.deepEqual(peer.take(), [
    "listener onHeaders 1 end :status=200",
    "listener onClose NO_ERROR the peer went away, and its last stream has ended",
  ]);
});

test("streams above a GOAWAY's last id are unprocessed", () => {
  const peer = client();
  peer.connection.openStream(undefined, get, undefined, true);
  peer.drain().take();
  peer.send(frame(FrameType.GOAWAY, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]));
  assert.deepEqual(peer.take(), ["listener onGoaway 1 NO_ERROR", "listener onReset 3 NO_ERROR by peer unprocessed"]);
  assert.equal(peer.connection.openStreams, 1);
});

test("a refused stream is unprocessed", () => {
  assert.deepEqual(client().send(rst(1, Http2ErrorCode.REFUSED_STREAM)).take(), ["listener onReset 1 REFUSED_STREAM by peer unprocessed"]);
});

test("a transport that breaks resets every stream, then closes", () => {
  const peer = client();
  peer.connection.transportClosed("gone");
  assert.deepEqual(peer.take(), ["listener onReset 1 CONNECT_ERROR by us", "listener onClose CONNECT_ERROR gone"]);
});

test("calls on a stream that has ended do nothing", () => {
  const peer = server();
  peer.send(headers(1, GET, true), rst(1)).take();
  const stream = peer.streams.get(1)!;
  peer.connection.sendHeaders(stream, ok, undefined, false);
  const sink = peer.connection.beginData(stream);
  sink.reserve(10_000);
  sink.position += 10_000;
  assert.equal(peer.connection.endData(stream, true), true);
  assert.equal(peer.connection.sendData(stream, Buffer.alloc(10), true), true);
  peer.connection.endStream(stream);
  peer.connection.reset(stream, Http2ErrorCode.CANCEL);
  peer.connection.consumed(stream, 5);
  assert.deepEqual(peer.drain().take(), []);
});

test("frames for a stream that we reset are ignored, and still counted and decoded", () => {
  const peer = server();
  peer.send(headers(1, POST));
  peer.connection.reset(peer.streams.get(1)!, Http2ErrorCode.CANCEL);
  peer.drain().take();
  peer.send(data(1, "late"), headers(1, ["x", "y"], true), windowUpdate(1, 5), rst(1));
  assert.deepEqual(peer.take(), []);
  assert.equal(peer.connection.ended, false);
});

test("a reply to HEAD may name a length and have none", () => {
  const peer = RawPeer.ready("client");
  peer.connection.openStream(undefined, prepareHeaders([":method", "HEAD", ...GET.slice(2)]), undefined, true);
  peer.drain().take();
  assert.deepEqual(peer.send(headers(1, [...OK, "content-length", "5"], true)).take(), [
    "listener onHeaders 1 end :status=200 content-length=5",
  ]);
});

/** One rule a line: what the peer sends to a server with stream 1 open, and what it gets for it. */
const serverRules: readonly (readonly [string, Buffer, string])[] = [
  ["a request without :path", headers(3, [":method", "GET", ":scheme", "http"], true), "RST_STREAM 3 PROTOCOL_ERROR"],
  ["two host fields", headers(3, [...GET, "host", "a", "host", "b"], true), "RST_STREAM 3 PROTOCOL_ERROR"],
  [
    "more data than content-length",
    Buffer.concat([headers(3, [...POST, "content-length", "1"]), data(3, "ab", true)]),
    "RST_STREAM 3 PROTOCOL_ERROR",
  ],
  [
    "less data than content-length",
    Buffer.concat([headers(3, [...POST, "content-length", "3"]), data(3, "ab", true)]),
    "RST_STREAM 3 PROTOCOL_ERROR",
  ],
  ["two different content-lengths", headers(3, [...POST, "content-length", "1", "content-length", "2"]), "RST_STREAM 3 PROTOCOL_ERROR"],
  ["trailers without END_STREAM", headers(1, ["x", "y"]), "RST_STREAM 1 PROTOCOL_ERROR"],
  ["trailers with a pseudo-header", headers(1, [":path", "/"], true), "RST_STREAM 1 PROTOCOL_ERROR"],
  ["a window of 2^31", windowUpdate(1, 0x7fffffff), "RST_STREAM 1 FLOW_CONTROL_ERROR"],
  ["a connection window of 2^31", windowUpdate(0, 0x7fffffff), "GOAWAY 0 1 FLOW_CONTROL_ERROR"],
  ["PUSH_PROMISE from a client", frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, [0, 0, 0, 2]), "GOAWAY 0 1 PROTOCOL_ERROR"],
  ["HEADERS on an even stream", headers(2, GET, true), "GOAWAY 0 1 PROTOCOL_ERROR"],
  ["HEADERS that are no HPACK", frame(FrameType.HEADERS, Flag.END_HEADERS, 3, [0x80]), "GOAWAY 0 1 COMPRESSION_ERROR"],
  ["a frame above MAX_FRAME_SIZE", data(1, Buffer.alloc(16_385)), "GOAWAY 0 1 FRAME_SIZE_ERROR"],
  ["an ACK for SETTINGS that were never sent", settingsAck(), "GOAWAY 0 1 PROTOCOL_ERROR"],
  ["GOAWAY on a stream", frame(FrameType.GOAWAY, 0, 1, Buffer.alloc(8)), "GOAWAY 0 1 PROTOCOL_ERROR"],
  ["GOAWAY of seven octets", frame(FrameType.GOAWAY, 0, 0, Buffer.alloc(7)), "GOAWAY 0 1 FRAME_SIZE_ERROR"],
  ["padding as long as its frame", frame(FrameType.DATA, Flag.PADDED, 1, [1]), "GOAWAY 0 1 PROTOCOL_ERROR"],
  ["PRIORITY on itself", frame(FrameType.PRIORITY, 0, 1, [0, 0, 0, 1, 5]), "RST_STREAM 1 PROTOCOL_ERROR"],
];

for (const [what, bytes, answer] of serverRules) {
  test(`a server answers ${what} with ${answer}`, () => {
    const peer = server();
    peer.send(headers(1, POST)).take();
    assert.ok(peer.send(bytes).take().includes(answer));
  });
}

const clientRules: readonly (readonly [string, Buffer, string])[] = [
  ["a reply without :status", headers(1, ["x", "y"]), "RST_STREAM 1 PROTOCOL_ERROR"],
  ["a reply with :path", headers(1, [...OK, ":path", "/"]), "RST_STREAM 1 PROTOCOL_ERROR"],
  ["status 101", headers(1, [":status", "101"]), "RST_STREAM 1 PROTOCOL_ERROR"],
  ["informational headers that end the stream", headers(1, [":status", "100"], true), "RST_STREAM 1 PROTOCOL_ERROR"],
  ["data before headers", data(1, "x"), "RST_STREAM 1 PROTOCOL_ERROR"],
  ["PUSH_PROMISE", frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, [0, 0, 0, 2]), "GOAWAY 0 0 PROTOCOL_ERROR"],
  ["HEADERS on an idle stream", headers(3, OK), "GOAWAY 0 0 PROTOCOL_ERROR"],
  ["HEADERS on a stream of the server", headers(2, OK), "GOAWAY 0 0 PROTOCOL_ERROR"],
  ["HEADERS behind RST_STREAM", Buffer.concat([headers(1, OK), rst(1), headers(1, OK, true)]), "RST_STREAM 1 STREAM_CLOSED"],
  ["DATA behind RST_STREAM", Buffer.concat([headers(1, OK), rst(1), data(1, "late")]), "RST_STREAM 1 STREAM_CLOSED"],
  ["HEADERS behind the end of both sides", Buffer.concat([headers(1, OK, true), headers(1, OK, true)]), "GOAWAY 0 0 STREAM_CLOSED"],
  ["ENABLE_PUSH of 1", settings([2, 1]), "GOAWAY 0 0 PROTOCOL_ERROR"],
];

for (const [what, bytes, answer] of clientRules) {
  test(`a client answers ${what} with ${answer}`, () => assert.ok(client().send(bytes).take().includes(answer)));
}

test("a server says what a wrong opening probably is", () => {
  const reasons = [Buffer.from("GET / HTTP/1.1\r\nhost: a\r\n\r\n"), Buffer.from([0x16, 0x03, 0x01, 0, 5, 1])].map(
    (bytes) => new RawPeer("server").send(bytes).closed?.reason,
  );
  assert.deepEqual(reasons, [
    'no HTTP/2 preface: an HTTP/1 request ("GET / HTTP/1.1")',
    "no HTTP/2 preface: a TLS handshake on a plaintext port",
  ]);
});
