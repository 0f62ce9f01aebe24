// What picks cost, in a process of its own, so that one policy's types do not slow another's loop down.
// pick-process POLICY MEMBERS, where POLICY is "loop" or {"name": options}; then a line "MILLISECONDS" for each round, answered with ns per pick.
import { createInterface } from "node:readline";
import type { Balancer } from "@consulrpc/grpc/balance";
import { balancerFromConfig, memberDoubles, pickContextDouble, systemEnvironment } from "@consulrpc/grpc/balance";

const [policy = "", count = "0"] = process.argv.slice(2);
const members = memberDoubles(Number(count));
const PICKS_AT_ONCE = 10_000;
/** Few enough to stay in the cache, as the call that is being made is. */
const CALLS = 512;
const calls = Array.from({ length: CALLS }, (_, at) => pickContextDouble({ key: `key-${at}` }));
/** Summed up and checked, so that no pick can be optimised away. */
let checked = 0;

function loop(): void {
  let at = 0;
  for (let pick = 0; pick < PICKS_AT_ONCE; pick++) checked += (members[at++ % members.length] as (typeof members)[0]).inFlight;
}

function picks(balancer: Balancer): void {
  for (let pick = 0; pick < PICKS_AT_ONCE; pick++) {
    const member = balancer.pick(calls[pick & (CALLS - 1)] as (typeof calls)[0], undefined);
    if (member === undefined) throw new Error(`${policy} picked nobody`);
    checked += member.inFlight;
  }
}

function started(): Balancer {
  const balancer = balancerFromConfig([JSON.parse(policy)])(systemEnvironment);
  balancer.update(members);
  // As after the first calls: every member has answered.
  for (const member of members) balancer.finished?.(member, { latencyMs: 1 + Math.random(), error: undefined, trailers: undefined });
  return balancer;
}

const balancer = policy === "loop" ? undefined : started();
const batch = balancer === undefined ? loop : () => picks(balancer);

for await (const line of createInterface({ input: process.stdin })) {
  const startedMs = performance.now();
  const untilMs = startedMs + Number(line);
  let done = 0;
  while (performance.now() < untilMs) {
    batch();
    done += PICKS_AT_ONCE;
  }
  console.log(checked < 0 ? "never" : (((performance.now() - startedMs) * 1e6) / done).toString());
}
