import type { Balancer, BalancerEnvironment, BalancerFactory, Member, Outcome, PickContext } from "./balancer.js";
import { hash32 } from "./hash.js";
import { leastLoaded } from "./least-loaded.js";
import { knownFields, numberOption, shown } from "./options.js";

export interface RouteRule {
  /** Metadata that a call must carry, name to value. @default any call */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the calls that match, so many. Calls with a key are decided by their key: the same key is always on the same side. @default 100 */
  readonly percent?: number;
  /** The members that these calls go to: those with this tag, or with this metadata. */
  readonly to: { readonly tag?: string; readonly metadata?: Readonly<Record<string, string>> };
}

export interface RoutesOptions {
  /** The first rule that takes a call decides; one that has no members is passed over. */
  readonly rules: readonly RouteRule[];
  /** Among the members of a rule, and among the rest. @default leastLoaded() */
  readonly child?: BalancerFactory;
}

/** Rules are few: every call looks at each. */
export const RULES_MAX = 64;

/**
 * Canary and tag routing: calls that a rule takes go to the members it names;
 * all others to the members that no rule names, or to all where that is nobody.
 */
export function routes(options: RoutesOptions): BalancerFactory {
  if (!Array.isArray(options.rules)) throw new TypeError(`routes.rules must be a list, got ${shown(options.rules)}`);
  if (options.rules.length > RULES_MAX) throw new RangeError(`routes.rules may hold ${RULES_MAX} rules, got ${options.rules.length}`);
  const rules = options.rules.map(checkedRule);
  const child = options.child ?? leastLoaded();
  return (environment) => new Routes(environment, rules, child);
}

interface Rule {
  readonly headers: readonly (readonly [string, string])[];
  readonly share: number;
  readonly names: (member: Member) => boolean;
}

function checkedRule(rule: RouteRule, at: number): Rule {
  const field = `routes.rules[${at}]`;
  const { headers, percent, to } = knownFields(field, rule, ["headers", "percent", "to"]);
  const share = numberOption(`${field}.percent`, percent, 100, { min: 0, max: 100 }) / 100;
  const target = knownFields(`${field}.to`, to, ["tag", "metadata"]);
  const { tag, metadata } = target;
  if ((tag === undefined) === (metadata === undefined)) throw new TypeError(`${field}.to must have either "tag" or "metadata"`);
  if (tag !== undefined && typeof tag !== "string") throw new TypeError(`${field}.to.tag must be a tag, got ${shown(tag)}`);
  const wanted = pairs(`${field}.to.metadata`, metadata);
  const names = (member: Member): boolean =>
    typeof tag === "string"
      ? member.endpoint.tags.includes(tag)
      : wanted.every(([name, value]) => member.endpoint.metadata[name] === value);
  return { headers: pairs(`${field}.headers`, headers), share, names };
}

function pairs(field: string, value: unknown): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError(`${field} must be an object of texts`);
  return Object.entries(value).map(([name, text]) => {
    if (typeof text !== "string") throw new TypeError(`${field}.${name} must be a text, got ${shown(text)}`);
    return [name, text];
  });
}

class Routes implements Balancer {
  private readonly chance: () => number;
  private readonly rules: readonly Rule[];
  /** One for each rule, and the last for the rest. */
  private readonly balancers: readonly Balancer[];
  private groups: readonly ReadonlySet<Member>[] = [];

  constructor(environment: BalancerEnvironment, rules: readonly Rule[], child: BalancerFactory) {
    this.chance = environment.random;
    this.rules = rules;
    this.balancers = [...rules, undefined].map(() => child(environment));
  }

  update(members: readonly Member[], all: readonly Member[] = members): void {
    const unnamed = (member: Member): boolean => !this.rules.some((rule) => rule.names(member));
    const rest = members.filter(unnamed);
    const groups = this.rules.map((rule) => members.filter(rule.names));
    groups.push(rest.length === 0 ? [...members] : rest);
    groups.forEach((group, at) => {
      const names = this.rules[at]?.names ?? (rest.length === 0 ? () => true : unnamed);
      this.balancers[at]?.update(group, all.filter(names));
    });
    this.groups = groups.map((group) => new Set(group));
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const { rules } = this;
    for (let at = 0; at < rules.length; at++) {
      if (!this.takes(rules[at] as Rule, call)) continue;
      const member = this.balancers[at]?.pick(call, excluded);
      if (member !== undefined) return member;
    }
    return this.balancers[rules.length]?.pick(call, excluded);
  }

  finished(member: Member, outcome: Outcome): void {
    // A member may serve several rules, and each learns from it.
    for (let at = 0; at < this.groups.length; at++) {
      if (this.groups[at]?.has(member) === true) this.balancers[at]?.finished?.(member, outcome);
    }
  }

  close(): void {
    for (const balancer of this.balancers) balancer.close();
    this.groups = [];
  }

  private takes(rule: Rule, call: PickContext): boolean {
    for (let at = 0; at < rule.headers.length; at++) {
      const [name, value] = rule.headers[at] as readonly [string, string];
      if (call.metadata?.get(name) !== value) return false;
    }
    if (rule.share >= 1) return true;
    const draw = call.key === undefined ? this.chance() : (hash32(call.key) >>> 0) / 2 ** 32;
    return draw < rule.share;
  }
}
