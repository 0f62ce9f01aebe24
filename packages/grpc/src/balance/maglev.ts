import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { fnv1a32, hash32, mixed32 } from "./hash.js";
import { type HashKey, type HashKeySource, hashKey } from "./hash-key.js";
import { byId } from "./ip-hash.js";
import { choiceOption } from "./options.js";
import { finishNow, SlicedTask, type SlicedWork } from "./slices.js";
import { weightOf, withTraffic } from "./weight.js";

export interface MaglevOptions {
  /** @default the call option `key` */
  readonly key?: HashKeySource;
  /** "small" (65,537 entries) or "large" (655,373), the paper's two. @default small up to 650 members, then large */
  readonly table?: "auto" | "small" | "large";
}

const TABLE_SMALL = 65_537;
const TABLE_LARGE = 655_373;
/** The paper asks for a table much larger than the number of members; with 100 entries each, shares differ by a few percent. */
const MEMBERS_OF_SMALL_TABLE_MAX = 650;
/** About a third of a millisecond: entries are all over a table that no cache holds. */
const STEPS_PER_SLICE = 4_096;

/**
 * Maglev hashing (Eisenbud et al., "Maglev: A Fast and Reliable Software
 * Network Load Balancer", NSDI 2016, §3.4): one look into a table whose entries
 * the members fill in turn, each by its own permutation. Shares are more even
 * than a ring's; a change moves a few keys more than it must. The table is
 * rebuilt in slices, and until it stands members that left are skipped.
 */
export function maglev(options: MaglevOptions = {}): BalancerFactory {
  const key = hashKey("maglev.key", options.key);
  const table = choiceOption("maglev.table", options.table, "auto", ["auto", "small", "large"]);
  return (environment) => new Maglev(environment, key, table);
}

interface Table {
  readonly entries: Int32Array;
  /** By slot; undefined once the member has left. */
  readonly members: (Member | undefined)[];
}

class Maglev implements Balancer {
  private readonly chance: () => number;
  private readonly key: HashKey;
  private readonly size: "auto" | "small" | "large";
  private readonly task: SlicedTask<Table>;
  private members: readonly Member[] = [];
  private table: Table | undefined;
  private stale = false;

  constructor(environment: BalancerEnvironment, key: HashKey, size: "auto" | "small" | "large") {
    this.chance = environment.random;
    this.key = key;
    this.size = size;
    this.task = new SlicedTask(environment);
  }

  update(members: readonly Member[]): void {
    this.members = [...withTraffic(members)].sort(byId);
    const answering = this.table === undefined ? 0 : keepOnly(this.table, this.members);
    this.stale = true;
    if (this.members.length === 0) {
      // A table for nobody is never full: filling it would not end.
      this.task.stop();
      this.table = undefined;
    } else if (answering === 0) {
      // Nobody of the old table is left, nor of one that is being filled for them.
      this.task.stop();
      this.table = finishNow(this.fill());
    } else if (!this.task.running) this.rebuild();
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const { table } = this;
    if (table === undefined) return undefined;
    const { entries, members } = table;
    const key = this.key(call);
    let at = key === undefined ? (this.chance() * entries.length) | 0 : ((hash32(key) >>> 0) * entries.length * 2 ** -32) | 0;
    let spare: Member | undefined;
    for (let step = 0; step < entries.length; step++) {
      const member = members[entries[at] as number];
      if (member !== undefined) {
        if (excluded === undefined || !excluded.has(member)) return member;
        spare ??= member;
        if (step > 64 * (excluded.size + 1)) break;
      }
      at = at + 1 === entries.length ? 0 : at + 1;
    }
    return excluded === undefined ? spare : (firstAllowed(this.members, 0, excluded) ?? spare);
  }

  close(): void {
    this.task.stop();
    this.members = [];
    this.table = undefined;
  }

  private rebuild(): void {
    this.task.start(this.fill(), (table) => {
      if (keepOnly(table, this.members) > 0) this.table = table;
      if (this.stale) this.rebuild();
    });
  }

  /** Turns go round in order of ids; a member of half the greatest weight takes every other turn. */
  private *fill(): SlicedWork<Table> {
    this.stale = false;
    const members = this.members;
    const large = this.size === "large" || (this.size === "auto" && members.length > MEMBERS_OF_SMALL_TABLE_MAX);
    const size = large ? TABLE_LARGE : TABLE_SMALL;
    // Each of these takes a millisecond or more with 10,000 members.
    const entries = new Int32Array(size).fill(-1);
    yield;
    const heaviest = members.reduce((most, member) => Math.max(most, weightOf(member)), 0);
    const next = Int32Array.from(members, (member) => fnv1a32(member.endpoint.id) % size);
    yield;
    const skip = Int32Array.from(members, (member) => ((mixed32(fnv1a32(member.endpoint.id) ^ 0x9e3779b9) >>> 0) % (size - 1)) + 1);
    yield;
    const turn = Float64Array.from(members, (member) => weightOf(member) / heaviest);
    const credit = new Float64Array(members.length);
    yield;
    let steps = 0;
    for (let filled = 0; filled < size; ) {
      for (let slot = 0; slot < members.length && filled < size; slot++) {
        credit[slot] = (credit[slot] as number) + (turn[slot] as number);
        if ((credit[slot] as number) < 1) continue;
        credit[slot] = (credit[slot] as number) - 1;
        let at = next[slot] as number;
        for (; (entries[at] as number) >= 0; steps++) at = (at + (skip[slot] as number)) % size;
        entries[at] = slot;
        next[slot] = (at + (skip[slot] as number)) % size;
        filled++;
        if (++steps < STEPS_PER_SLICE) continue;
        steps = 0;
        yield;
      }
    }
    return { entries, members: [...members] };
  }
}

/** Forgets members that are not present any more (a member that came back under the same id is put in its own place); returns how many are left. */
function keepOnly(table: Table, present: readonly Member[]): number {
  const members = new Set(present);
  let kept = 0;
  for (let slot = 0; slot < table.members.length; slot++) {
    const member = table.members[slot];
    if (member === undefined) continue;
    if (members.has(member)) kept++;
    else table.members[slot] = undefined;
  }
  return kept;
}
