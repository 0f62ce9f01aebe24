import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcError } from "@consulrpc/grpc";
import { hostileMessages } from "./hostile.js";

/** Generous, because the machine may be busy; packages/grpc/README.md states what was measured. */
const MS_MAX = 10_000;
const HEAP_BYTES_MAX = 600 * 1024 * 1024;

for (const { name, codec, bytes } of hostileMessages()) {
  test(`refused before it costs much: ${name}`, (t) => {
    const heapBefore = process.memoryUsage().heapUsed;
    const start = performance.now();
    assert.throws(
      () => codec.decode(bytes, 0, bytes.length),
      (error: unknown) => error instanceof RpcError && /offset \d+/.test(error.message),
    );
    const elapsedMs = performance.now() - start;
    const heapBytes = process.memoryUsage().heapUsed - heapBefore;
    t.diagnostic(`${elapsedMs.toFixed(0)} ms, ${(heapBytes / 2 ** 20).toFixed(0)} MiB`);
    assert.ok(elapsedMs < MS_MAX, `${elapsedMs} ms`);
    assert.ok(heapBytes < HEAP_BYTES_MAX, `${heapBytes} bytes`);
  });
}
