import type { Balancer, BalancerEnvironment, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";
import { type HashKey, type HashKeySource, hashKey } from "./hash-key.js";
import { leastLoaded } from "./least-loaded.js";
import { numberOption } from "./options.js";

export interface StickyOptions {
  /** @default the call option `key` */
  readonly key?: HashKeySource;
  /** Keys that are remembered; the one placed longest ago is forgotten first. @default 100_000 */
  readonly keysMax?: number;
  /** Chooses for keys that are new or whose member is gone, and for calls without a key. @default leastLoaded() */
  readonly child?: BalancerFactory;
}

/**
 * A key stays with the member that its first call went to, for as long as that
 * member may be used. Unlike hashing it moves no key at all when members join,
 * and puts new keys where there is room; but clients do not agree on a key's
 * member, and memory grows with the keys, up to `keysMax`.
 */
export function sticky(options: StickyOptions = {}): BalancerFactory {
  const key = hashKey("sticky.key", options.key);
  const keysMax = numberOption("sticky.keysMax", options.keysMax, 100_000, { min: 1, integer: true });
  const child = options.child ?? leastLoaded();
  return (environment) => new Sticky(environment, key, keysMax, child);
}

class Sticky implements Balancer {
  private readonly key: HashKey;
  private readonly keysMax: number;
  private readonly child: Balancer;
  private readonly memberOf = new Map<string, Member>();
  private members: ReadonlySet<Member> = new Set();

  constructor(environment: BalancerEnvironment, key: HashKey, keysMax: number, child: BalancerFactory) {
    this.key = key;
    this.keysMax = keysMax;
    this.child = child(environment);
  }

  update(members: readonly Member[], all?: readonly Member[]): void {
    this.members = new Set(members.filter((member) => member.weight !== 0 && !(member.weight < 0)));
    this.child.update(members, all);
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const key = this.key(call);
    if (key === undefined) return this.child.pick(call, excluded);
    const known = this.memberOf.get(key);
    if (known !== undefined && this.members.has(known) && excluded?.has(known) !== true) return known;
    const chosen = this.child.pick(call, excluded);
    this.remember(key, chosen);
    return chosen;
  }

  finished(member: Member, outcome: Outcome): void {
    this.child.finished?.(member, outcome);
  }

  close(): void {
    this.memberOf.clear();
    this.members = new Set();
    this.child.close();
  }

  /** Maps keep the order of insertion, so the first key is the one placed longest ago. */
  private remember(key: string, member: Member | undefined): void {
    this.memberOf.delete(key);
    if (member === undefined) return;
    this.memberOf.set(key, member);
    if (this.memberOf.size <= this.keysMax) return;
    for (const oldest of this.memberOf.keys()) {
      this.memberOf.delete(oldest);
      return;
    }
  }
}
