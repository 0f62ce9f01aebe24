import assert from "node:assert/strict";
import { test } from "node:test";
import { registries } from "../discovery/registries.js";
import { judge, outage } from "./outage.js";

const CALLS_MIN = 20_000;
const FAULT_MS = 1_500;

test("the outage suite notices a client that believes a Consul that came back empty", { timeout: 60_000 }, async () => {
  const believesEverything = { recoveryMs: 0, doubtMs: 0 };
  const { failures } = await outage(registries[0]!, 1_000, 600, believesEverything);
  assert.ok(failures.length > 0);
});

for (const setup of registries) {
  test(`an outage of the registry is not an outage of calls (${setup.name})`, { skip: setup.skip, timeout: 110_000 }, async (context) => {
    const report = await outage(setup, CALLS_MIN, FAULT_MS);
    context.diagnostic(JSON.stringify(report));
    judge(report, CALLS_MIN);
  });
}
