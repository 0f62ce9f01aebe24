import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { copiedBytes, SHARED_BYTES_MAX, SLAB_BYTES } from "./copied-bytes.js";

const LENGTHS = [0, 1, 63, 64, 65, 66, 100, 500, SHARED_BYTES_MAX - 1, SHARED_BYTES_MAX, SHARED_BYTES_MAX + 1, SLAB_BYTES, SLAB_BYTES + 1];

test("copiedBytes() keeps every value whole, whatever is read or copied after it", () => {
  const received = Buffer.alloc(3 * SLAB_BYTES);
  const kept: { copy: Uint8Array; fill: number; length: number }[] = [];
  for (let fill = 1; fill < 200; fill++) {
    for (const length of LENGTHS) {
      received.fill(0).fill(fill, 7, 7 + length);
      kept.push({ copy: copiedBytes(received, 7, 7 + length), fill, length });
    }
  }
  received.fill(0);
  for (const { copy, fill, length } of kept) {
    assert.equal(copy.constructor, Uint8Array);
    assert.equal(copy.length, length);
    assert.ok(
      copy.every((byte) => byte === fill),
      `${length} bytes of ${fill}`,
    );
    assert.equal(copy.byteOffset % 8, 0);
    assert.ok(copy.buffer.byteLength <= Math.max(length, SLAB_BYTES), "a value keeps no more than a slab alive");
  }
});

test("copiedBytes(): a value that is transferred to another thread leaves the others in place", () => {
  const received = Buffer.alloc(100, 0x78);
  let first = copiedBytes(received, 0, 100);
  let second = copiedBytes(received, 0, 100);
  if (first.buffer !== second.buffer) {
    first = second;
    second = copiedBytes(received, 0, 100);
  }
  assert.equal(first.buffer, second.buffer);
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(first, [first.buffer as ArrayBuffer]);
  } catch (error) {
    // Node.js 20 sends a copy, later ones refuse.
    assert.equal((error as Error).name, "DataCloneError");
  } finally {
    port1.close();
    port2.close();
  }
  assert.deepEqual([...second], [...received]);
  assert.deepEqual([...copiedBytes(received, 0, 100)], [...received]);
});
