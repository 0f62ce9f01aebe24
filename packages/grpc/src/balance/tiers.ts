import type { Balancer, BalancerEnvironment, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";

/**
 * A tier keeps all its traffic until less than 1 / 1.4 = 71% of it can be used:
 * what is left is trusted with a little more than its share (Envoy's default).
 */
export const OVERPROVISIONING = 1.4;

export interface TierOptions {
  readonly tierOf: (member: Member) => number;
  readonly child: BalancerFactory;
  readonly overprovisioning: number;
}

interface Tier {
  readonly number: number;
  readonly balancer: Balancer;
  /** Calls go to this tier when the draw is below it, and not below the one before. */
  below: number;
}

/**
 * Members in tiers, the lowest number first; a tier that has lost members
 * passes on what the rest cannot carry: its share is
 * overprovisioning x usable / known, and the next tier takes from what is left
 * (Envoy, "Priority levels"). Behind priority() and locality().
 */
export class Tiers implements Balancer {
  private readonly environment: BalancerEnvironment;
  private readonly options: TierOptions;
  private tiers: Tier[] = [];
  private readonly tierByMember = new Map<Member, Tier>();

  constructor(environment: BalancerEnvironment, options: TierOptions) {
    this.environment = environment;
    this.options = options;
  }

  update(members: readonly Member[], all: readonly Member[] = members): void {
    const usable = grouped(members, this.options.tierOf);
    const known = grouped(all, this.options.tierOf);
    for (const [number, group] of usable) if (!known.has(number)) known.set(number, group);
    const before = new Map(this.tiers.map((tier) => [tier.number, tier]));
    this.tierByMember.clear();
    this.tiers = [...known.keys()]
      .sort((one, other) => one - other)
      .map((number) => before.get(number) ?? { number, balancer: this.options.child(this.environment), below: 0 });
    for (const tier of this.tiers) {
      before.delete(tier.number);
      const group = usable.get(tier.number) ?? [];
      for (const member of group) this.tierByMember.set(member, tier);
      tier.balancer.update(group, known.get(tier.number));
    }
    for (const gone of before.values()) gone.balancer.close();
    this.share(usable, known);
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const { tiers } = this;
    const draw = tiers.length === 1 ? 0 : this.environment.random();
    let spare: Member | undefined;
    let at = 0;
    while (at < tiers.length - 1 && draw >= (tiers[at] as Tier).below) at++;
    for (let step = 0; step < tiers.length; step++) {
      const member = (tiers[(at + step) % tiers.length] as Tier).balancer.pick(call, excluded);
      if (member !== undefined && excluded?.has(member) !== true) return member;
      spare ??= member;
    }
    return spare;
  }

  finished(member: Member, outcome: Outcome): void {
    this.tierByMember.get(member)?.balancer.finished?.(member, outcome);
  }

  close(): void {
    for (const tier of this.tiers) tier.balancer.close();
    this.tiers = [];
    this.tierByMember.clear();
  }

  private share(usable: ReadonlyMap<number, readonly Member[]>, known: ReadonlyMap<number, readonly Member[]>): void {
    const health = this.tiers.map((tier) => (usable.get(tier.number)?.length ?? 0) / (known.get(tier.number)?.length ?? 1));
    const carried = health.map((share) => Math.min(1, share * this.options.overprovisioning));
    // When all tiers together cannot carry everything, each carries in proportion.
    const total = Math.min(
      1,
      carried.reduce((sum, share) => sum + share, 0),
    );
    let below = 0;
    this.tiers.forEach((tier, at) => {
      below = total === 0 ? 0 : Math.min(1, below + (carried[at] as number) / total);
      tier.below = below;
    });
  }
}

function grouped(members: readonly Member[], tierOf: (member: Member) => number): Map<number, Member[]> {
  const groups = new Map<number, Member[]>();
  for (const member of members) {
    const number = tierOf(member);
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [member]);
    else group.push(member);
  }
  return groups;
}
