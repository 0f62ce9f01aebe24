import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConnectionListener, Http2Connection, type Http2ConnectionOptions } from "@consulrpc/http2";
import { drive } from "./drive.js";
import { fuzz } from "./fuzz.js";
import { Random } from "./random.js";

test("the http2 core survives two seconds of mutated frames", async () => {
  const { inputs, blocks } = await fuzz(2_000, 1);
  assert.ok(inputs > 0 && blocks > 50);
});

const request = [Buffer.from("0000030105000000018286840000080600000000000000000000000000", "hex")];

/** The planted fault: a read of one octet is lost. */
class Lossy extends Http2Connection {
  override receive(bytes: Buffer, start: number, end: number, nowMs: number): void {
    if (end - start > 1) super.receive(bytes, start, end, nowMs);
  }
}

/** The planted fault: the end of the connection is told twice. */
class Stammering extends Http2Connection {
  constructor(options: Http2ConnectionOptions, listen: (connection: Http2Connection) => ConnectionListener) {
    super(options, (connection) => {
      const listener = listen(connection);
      return { ...listener, onClose: (code, reason) => [1, 2].forEach(() => void listener.onClose(code, reason)) };
    });
  }
}

test("drive() passes a sound core and notices planted faults", () => {
  drive("server", request, new Random(1));
  assert.throws(() => drive("server", request, new Random(1), Lossy), /the cut of the bytes/);
  assert.throws(() => drive("server", request, new Random(1), Stammering), /onClose was called 2 times/);
});
