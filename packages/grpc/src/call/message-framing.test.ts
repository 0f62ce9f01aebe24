import assert from "node:assert/strict";
import { test } from "node:test";
import { MESSAGE_PREFIX_BYTES, type MessageReceiver, type PartialMessage, readMessages } from "./message-framing.js";

interface Received extends MessageReceiver {
  readonly messages: Buffer[];
  readonly bodies: Buffer[];
  readonly tooLarge: number[];
}

/** Copies, as decoders do: what it is handed is overwritten afterwards. */
function receiver(): Received {
  const messages: Buffer[] = [];
  const bodies: Buffer[] = [];
  const tooLarge: number[] = [];
  return {
    partial: undefined as PartialMessage | undefined,
    messageBytesMax: 2 ** 20,
    messages,
    bodies,
    tooLarge,
    onMessage(_flags, bytes, start, end) {
      messages.push(Buffer.from(bytes.subarray(start, end)));
      bodies.push(bytes);
      return true;
    },
    onMessageTooLarge: (length) => void tooLarge.push(length),
  };
}

function framed(length: number, fill: number): Buffer {
  const bytes = Buffer.alloc(MESSAGE_PREFIX_BYTES + length, fill);
  bytes[0] = 0;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function feed(to: Received, bytes: Buffer, pieceBytes: number): void {
  for (let at = 0; at < bytes.length; at += pieceBytes) readMessages(to, bytes, at, Math.min(at + pieceBytes, bytes.length));
}

const lengths = [0, 1, 100_000, 70_000, 99_999, 200_000, 65_536, 2 ** 20, 600_000, 0, 3];

test("messages of any length come whole from pieces of any length", () => {
  const bytes = Buffer.concat(lengths.map((length, index) => framed(length, index + 1)));
  for (const pieceBytes of [1_021, 16_384, 65_536, bytes.length]) {
    const to = receiver();
    feed(to, bytes, pieceBytes);
    assert.equal(to.partial, undefined);
    assert.deepEqual(
      to.messages.map((message) => message.length),
      lengths,
    );
    for (const [index, message] of to.messages.entries()) assert.ok(message.equals(Buffer.alloc(message.length, index + 1)), `${index}`);
  }
});

test("messages put together at the same time do not share a body; one after the other they do", () => {
  const one = receiver();
  const other = receiver();
  const [first, second] = [framed(300_000, 1), framed(299_000, 2)];
  for (let at = 0; at < first.length; at += 10_000) {
    readMessages(one, first, at, Math.min(at + 10_000, first.length));
    if (at < second.length) readMessages(other, second, at, Math.min(at + 10_000, second.length));
  }
  assert.ok(one.messages[0]?.equals(Buffer.alloc(300_000, 1)));
  assert.ok(other.messages[0]?.equals(Buffer.alloc(299_000, 2)));
  assert.notEqual(one.bodies[0]?.buffer, other.bodies[0]?.buffer);
  const third = receiver();
  feed(third, framed(299_000, 3), 10_000);
  assert.ok(third.messages[0]?.equals(Buffer.alloc(299_000, 3)));
  assert.ok([one.bodies[0], other.bodies[0]].includes(third.bodies[0]), "the body is used again");
});

test("a small message does not hold a large body", () => {
  const to = receiver();
  feed(to, framed(2 ** 20, 1), 100_000);
  feed(to, framed(10, 2), 7);
  assert.ok((to.bodies[1]?.length ?? Number.POSITIVE_INFINITY) <= 20);
});

test("a message past the limit is refused by its prefix, in one piece or in many", () => {
  for (const pieceBytes of [3, MESSAGE_PREFIX_BYTES + 8]) {
    const to = receiver();
    feed(to, framed(2 ** 20 + 1, 1).subarray(0, MESSAGE_PREFIX_BYTES + 1), pieceBytes);
    assert.deepEqual(to.tooLarge, [2 ** 20 + 1]);
    assert.deepEqual(to.messages, []);
  }
});
