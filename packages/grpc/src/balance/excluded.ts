import type { Member } from "./balancer.js";

/**
 * The first member from `start` on, around the end, that is not excluded; the
 * one at `start` when all are. Looks at no more than one member past the
 * number excluded, so a retry stays cheap among thousands.
 */
export function firstAllowed(members: readonly Member[], start: number, excluded: ReadonlySet<Member>): Member | undefined {
  const steps = Math.min(members.length, excluded.size + 1);
  for (let step = 0; step < steps; step++) {
    const member = members[(start + step) % members.length] as Member;
    if (!excluded.has(member)) return member;
  }
  return members[start];
}
