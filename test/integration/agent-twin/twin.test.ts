import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { skipWithout } from "@consulrpc/tools";
import { ACCEPTED } from "./accepted.js";
import { runTwins } from "./twin-run.js";

const STEPS = 2_000;
const SEED = 1;

test(`${STEPS} random requests are answered as Consul answers them`, { skip: skipWithout("consul"), timeout: 600_000 }, async () => {
  const found: string[] = [];
  const { differences } = await runTwins(STEPS, SEED, 3, (line) => found.push(line));
  assert.equal(differences.length, 0, found.join("\n"));
});

test("every accepted difference has its paragraph", () => {
  const document = readFileSync(fileURLToPath(new URL("../../../../docs/reference/consul-differences.md", import.meta.url)), "utf8");
  for (const { name } of ACCEPTED) assert.ok(document.includes(`## ${name}\n`), name);
});
