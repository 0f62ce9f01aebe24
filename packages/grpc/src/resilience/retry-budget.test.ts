import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryBudget } from "./retry-budget.js";

test("RetryBudget holds retries to the ratio of calls plus the floor, over any length of time", () => {
  const budget = new RetryBudget({ retryRatio: 0.2, retriesPerSecondMin: 10 }, 0);
  let retries = 0;
  for (let nowMs = 0; nowMs < 60_000; nowMs++) {
    budget.deposit(nowMs);
    if (budget.withdraw(nowMs)) retries++;
  }
  const allowed = 60_000 * 0.2 + 10 * 60;
  assert.ok(retries <= allowed + 250 && retries >= allowed * 0.95, `${retries} retries, ${allowed} earned`);
});

test("RetryBudget grants the floor without any calls, and no hoard after a night of rest", () => {
  const budget = new RetryBudget({ retriesPerSecondMin: 10 }, 0);
  let retries = 0;
  while (budget.withdraw(86_400_000)) retries++;
  assert.ok(retries >= 10 && retries <= 11, `${retries} retries at once`);
});

test("RetryBudget refuses bad options by name", () => {
  assert.throws(() => new RetryBudget({ retryRatio: -1 }, 0), /retryBudget\.retryRatio must be a number from 0/);
});
