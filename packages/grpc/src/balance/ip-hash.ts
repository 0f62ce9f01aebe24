import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { signedFnv1a } from "./hash.js";
import { shown } from "./options.js";
import { withTraffic } from "./weight.js";

export interface IpHashOptions {
  /** The caller's address, where calls carry no key of their own. @default none: chance decides */
  readonly address?: string;
  /** Take the first address of `x-forwarded-for` before `address`. Only where a proxy that you trust sets it. @default false */
  readonly trustForwarded?: boolean;
}

/**
 * FNV-1a (32 bits) over the caller's address or key, modulo the members in
 * the order of their ids. Simple, and the same in every client; when the
 * number of members changes, most callers move: consistentHash() moves few.
 */
export function ipHash(options: IpHashOptions = {}): BalancerFactory {
  const { address, trustForwarded = false } = options;
  if (address !== undefined && (typeof address !== "string" || address === "")) {
    throw new TypeError(`ipHash.address must be an address, got ${shown(address)}`);
  }
  if (typeof trustForwarded !== "boolean") throw new TypeError(`ipHash.trustForwarded must be true or false, got ${shown(trustForwarded)}`);
  return (environment) => new IpHash(environment, address, trustForwarded);
}

class IpHash implements Balancer {
  private readonly chance: () => number;
  private readonly address: string | undefined;
  private readonly trustForwarded: boolean;
  private members: readonly Member[] = [];

  constructor(environment: BalancerEnvironment, address: string | undefined, trustForwarded: boolean) {
    this.chance = environment.random;
    this.address = address;
    this.trustForwarded = trustForwarded;
  }

  update(members: readonly Member[]): void {
    this.members = [...withTraffic(members)].sort(byId);
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const members = this.members;
    if (members.length === 0) return undefined;
    const key = call.key ?? (this.trustForwarded ? forwardedAddress(call) : undefined) ?? this.address;
    const place = key === undefined ? (this.chance() * members.length) | 0 : (signedFnv1a(key) >>> 0) % members.length;
    return excluded === undefined ? members[place] : firstAllowed(members, place, excluded);
  }

  close(): void {
    this.members = [];
  }
}

/** By code units, the same everywhere; locale-aware comparison is not. */
export function byId(one: Member, other: Member): number {
  return one.endpoint.id < other.endpoint.id ? -1 : one.endpoint.id > other.endpoint.id ? 1 : 0;
}

function forwardedAddress(call: PickContext): string | undefined {
  const value = call.metadata?.get("x-forwarded-for");
  if (typeof value !== "string") return undefined;
  const first = value.split(",", 1)[0]?.trim();
  return first === "" ? undefined : first;
}
