// How long the loop stands still while one member of many leaves and another one joins.
// change-process POLICY MEMBERS; then a line "MILLISECONDS" for each round, answered with the longest pause in ms.
import { createInterface } from "node:readline";
import { balancerFromConfig, MemberDouble, memberDoubles, pickContextDouble, systemEnvironment } from "@consulrpc/grpc/balance";

const [policy = "", count = "0"] = process.argv.slice(2);
const members = memberDoubles(Number(count));
/** A change comes this often; the work that it leaves behind runs in between. */
const CHANGE_EVERY_MS = 50;
const balancer = balancerFromConfig([JSON.parse(policy)])(systemEnvironment);
balancer.update(members);
let joined = 0;

function change(): void {
  members[joined % members.length] = new MemberDouble({ id: `joined-${joined++}` });
  balancer.update([...members]);
  if (balancer.pick(pickContextDouble({ key: `${joined}` }), undefined) === undefined) throw new Error(`${policy} picked nobody`);
}

/** Turns the loop over and over; a turn that takes long was a pause. */
async function longestPause(durationMs: number): Promise<number> {
  const untilMs = performance.now() + durationMs;
  let lastMs = performance.now();
  let changeAtMs = lastMs;
  let longestMs = 0;
  while (lastMs < untilMs) {
    if (lastMs >= changeAtMs) {
      changeAtMs += CHANGE_EVERY_MS;
      change();
    }
    await new Promise(setImmediate);
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  }
  return longestMs;
}

for await (const line of createInterface({ input: process.stdin })) console.log(String(await longestPause(Number(line))));
