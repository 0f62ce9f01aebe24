import assert from "node:assert/strict";
import { test } from "node:test";
import { maglev } from "./maglev.js";
import { memberDoubles, pickContextDouble } from "./member-double.js";

test("maglev() gives up a table under construction when the last member leaves", () => {
  const slices: (() => void)[] = [];
  const balancer = maglev()({ nowMs: () => 0, random: () => 0, defer: (slice) => void slices.push(slice) });
  const members = memberDoubles(3);
  balancer.update(members.slice(0, 2));
  balancer.update(members);
  assert.equal(slices.length, 1, "the new table is being made");
  balancer.update([]);
  // before the fix, filling a table for nobody did not end here
  for (let slice = slices.shift(); slice !== undefined; slice = slices.shift()) slice();
  assert.equal(balancer.pick(pickContextDouble(), undefined), undefined);
  balancer.update(members);
  assert.notEqual(balancer.pick(pickContextDouble(), undefined), undefined);
});
