import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { foreignProgram, requireForeignProgram, skipWithout } from "./find.js";

function withEnvironment(changes: Readonly<Record<string, string | undefined>>, body: () => void): void {
  const before = { ...process.env };
  try {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    body();
  } finally {
    process.env = before;
  }
}

test("foreignProgram() prefers its variable, then the cache; apt's programs come from PATH", () => {
  const cache = mkdtempSync(join(tmpdir(), "tools-"));
  try {
    withEnvironment({ CONSULRPC_TOOLS: cache, CONSUL_BIN: undefined, PATH: cache, WRK_BIN: undefined }, () => {
      assert.equal(foreignProgram("consul"), undefined);
      assert.equal(foreignProgram("wrk"), undefined);
      mkdirSync(join(cache, "consul-1.21.0"));
      for (const file of ["consul-1.21.0/consul", "wrk"]) {
        writeFileSync(join(cache, file), "");
        chmodSync(join(cache, file), 0o755);
      }
      assert.equal(foreignProgram("consul"), join(cache, "consul-1.21.0/consul"));
      assert.equal(foreignProgram("wrk"), join(cache, "wrk"));
      process.env.CONSUL_BIN = "/opt/consul";
      assert.equal(foreignProgram("consul"), "/opt/consul");
    });
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});

test("skipWithout() gives the reason where something is missing, and throws in CI", () => {
  withEnvironment({ CONSULRPC_TOOLS: "/nowhere", H2SPEC_BIN: undefined, PATH: "/nowhere", CI: undefined }, () => {
    assert.match(String(skipWithout("h2spec", "wrk")), /npm run tools -- h2spec.*H2SPEC_BIN; wrk is not on PATH: apt-get install wrk/);
    assert.throws(() => requireForeignProgram("h2spec"), /npm run tools/);
    process.env.CI = "true";
    assert.throws(() => skipWithout("h2spec"), /CI leaves nothing out/);
    process.env.H2SPEC_BIN = "/opt/h2spec";
    assert.equal(skipWithout("h2spec"), false);
  });
});
