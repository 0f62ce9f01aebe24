import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startAgentProcess } from "./agent-process.js";
import { runCrashes } from "./crash-run.js";

test("20 kills under write load lose nothing that was acknowledged", { timeout: 300_000 }, async () => {
  const result = await runCrashes(20, Math.random, () => {});
  assert.ok(result.acknowledged > 0 && result.refused > 0, JSON.stringify(result));
});

test("a second agent on the directory is refused; after the first was killed it is let in, and then keeps others out", {
  timeout: 120_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "agent-lock-"));
  const first = await startAgentProcess(directory);
  try {
    await assert.rejects(startAgentProcess(directory), new RegExp(`in use by process ${first.process.pid} `));
    await first.kill();
    const second = await startAgentProcess(directory);
    try {
      await assert.rejects(startAgentProcess(directory), new RegExp(`in use by process ${second.process.pid} `));
    } finally {
      await second.kill();
    }
  } finally {
    await first.kill();
    rmSync(directory, { recursive: true, force: true });
  }
});
