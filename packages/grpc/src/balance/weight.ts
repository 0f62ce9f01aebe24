import type { Member } from "./balancer.js";

/** Weights above it count as it: a sum over 10,000 members stays exact in a double. */
export const WEIGHT_MAX = 1_000_000;

/**
 * The weight that policies reckon with. Weights arrive live from a registry, so
 * a bad one is read by rule instead of failing calls: missing or not a number
 * counts as 1, negative as 0 (no traffic), huge as WEIGHT_MAX.
 */
export function weightOf(member: Member): number {
  const weight: unknown = member.weight;
  if (typeof weight !== "number" || Number.isNaN(weight)) return 1;
  if (weight <= 0) return 0;
  return weight > WEIGHT_MAX ? WEIGHT_MAX : weight;
}

/** The members that take traffic: weight 0 takes none, under every policy. The same array when that is all of them. */
export function withTraffic(members: readonly Member[]): readonly Member[] {
  return members.every((member) => weightOf(member) > 0) ? members : members.filter((member) => weightOf(member) > 0);
}
