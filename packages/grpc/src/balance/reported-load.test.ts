import assert from "node:assert/strict";
import { test } from "node:test";
import { Metadata } from "../call/metadata.js";
import { CallDouble } from "../resilience/call-double.js";
import { reportLoad } from "../resilience/report-load.js";
import type { Member } from "./balancer.js";
import { EnvironmentDouble, memberDoubles, pickContextDouble } from "./member-double.js";
import { decodeLoadReport, encodeLoadReport, LOAD_REPORT_TRAILER, type LoadReport } from "./orca.js";
import { reportedLoad } from "./reported-load.js";

test("encodeLoadReport() writes xds.data.orca.v3.OrcaLoadReport, and decodeLoadReport() reads it", () => {
  // cpu_utilization = 1, double 0.5; rps_fractional = 6, double 100; named_metrics = 8, {"q": 2}.
  const bytes = Buffer.from("09000000000000e03f31000000000000594042" + "0c0a0171110000000000000040", "hex");
  const report: LoadReport = { cpuUtilization: 0.5, callsPerSecond: 100, namedMetrics: { q: 2 } };
  assert.deepEqual(Buffer.from(encodeLoadReport(report)), bytes);
  assert.deepEqual(decodeLoadReport(bytes), report);
  assert.deepEqual(decodeLoadReport(Buffer.from("2864", "hex")), { callsPerSecond: 100 }, "the deprecated whole number");
});

test("decodeLoadReport() refuses broken bytes and skips fields it does not know", () => {
  for (const hex of ["09", "0900", "42ff", "420c0a", "ffffffffffffffffffffff", "0b"]) {
    assert.equal(decodeLoadReport(Buffer.from(hex, "hex")), undefined, hex);
  }
  assert.deepEqual(decodeLoadReport(Buffer.from("a2060161" + "09000000000000e03f", "hex")), { cpuUtilization: 0.5 });
  assert.equal(decodeLoadReport(new Uint8Array(20_000)), undefined);
});

test("reportedLoad() gives members calls in proportion to calls / utilisation, once reports have been steady (A58)", () => {
  const environment = new EnvironmentDouble();
  const balancer = reportedLoad({ blackoutMs: 1_000 })(environment);
  const members = memberDoubles(3);
  balancer.update(members);
  const utilization = new Map<Member | undefined, number>([
    [members[0], 0.9],
    [members[1], 0.3],
    [members[2], 0.9],
  ]);
  const run = (picks: number): number[] => {
    const counts = members.map(() => 0);
    for (let at = 0; at < picks; at++) {
      const member = balancer.pick(pickContextDouble(), undefined);
      environment.atMs += 1;
      const trailers = new Metadata({
        [LOAD_REPORT_TRAILER]: encodeLoadReport({ callsPerSecond: 100, cpuUtilization: utilization.get(member) ?? 1 }),
      });
      balancer.finished?.(member as Member, { latencyMs: 1, error: undefined, trailers });
      const place = members.indexOf(member as (typeof members)[0]);
      counts[place] = (counts[place] as number) + 1;
    }
    return counts;
  };
  assert.deepEqual(run(900), [300, 300, 300], "not before the blackout is over");
  run(2_000);
  const [busy = 0, idle = 0] = run(5_000);
  assert.ok(Math.abs(idle / busy - 3) < 0.2, `an idle member got ${idle / busy} times the calls of a busy one`);
});

test("reportLoad() puts rates and CPU into the trailers of a server's calls", async () => {
  let nowMs = 0;
  const interceptor = reportLoad({
    load: { loopDelayMs: () => 0, cpuShare: () => 0.25 },
    extra: () => ({ applicationUtilization: 0.5 }),
    nowMs: () => nowMs,
  });
  const handle = interceptor(async () => "done");
  let last = new CallDouble();
  for (let at = 0; at < 2_000; at++) {
    nowMs += 10;
    last = new CallDouble();
    await handle(last);
  }
  const report = decodeLoadReport(last.responseTrailers.get(LOAD_REPORT_TRAILER) as Uint8Array);
  assert.equal(report?.cpuUtilization, 0.25);
  assert.equal(report?.applicationUtilization, 0.5);
  assert.ok(Math.abs((report?.callsPerSecond ?? 0) - 100) < 12, `${report?.callsPerSecond} calls a second`);
});
