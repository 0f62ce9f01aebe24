import assert from "node:assert/strict";
import { test } from "node:test";
import { callsPerSecond } from "./h2load.js";

const output = (requests: string, data: number): string => `requests: 100 total, 100 started, 100 done, ${requests}, 0 timeout
traffic: 3.45KB (3533) total, 1.20KB (1229) headers (space savings 80.00%), 1.76KB (${data}) data
`;

test("callsPerSecond() counts what was answered with a message", () => {
  assert.equal(callsPerSecond(output("100 succeeded, 0 failed, 0 errored", 1_800), 500), 200);
});

test("callsPerSecond() refuses rounds with failures, without answers, and with answers that bring no message", () => {
  assert.throws(() => callsPerSecond(output("99 succeeded, 1 failed, 0 errored", 1_782), 500), /missing or wrong/);
  assert.throws(() => callsPerSecond(output("0 succeeded, 0 failed, 0 errored", 0), 500), /missing or wrong/);
  assert.throws(() => callsPerSecond(output("100 succeeded, 0 failed, 0 errored", 0), 500), /missing or wrong/);
  assert.throws(() => callsPerSecond("nothing", 500), /printed no/);
});
