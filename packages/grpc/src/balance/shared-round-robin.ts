import { SHARED_KEY_PREFIX, type SharedStore, updateShared } from "../shared/shared-store.js";
import type { Balancer, BalancerFactory, Member, PickContext } from "./balancer.js";
import { firstAllowed } from "./excluded.js";
import { byId } from "./ip-hash.js";
import { numberOption, shown } from "./options.js";
import { weightOf } from "./weight.js";

export interface SharedRoundRobinOptions {
  /** Processes with the same name share one order. */
  readonly name: string;
  readonly store: SharedStore;
  /** Turns that a process takes at once: 1 is one global order at one write to the store for each call. @default 16 */
  readonly block?: number;
  /** Turns in proportion to weights (whole numbers). @default false */
  readonly weighted?: boolean;
  readonly onEvent?: (event: "store-lost" | "store-back") => void;
}

/** Slots of a weighted cycle at most: heavier sums are scaled down. */
const CYCLE_MAX = 65_536;
/** The counter starts over here, far below where doubles lose whole numbers. */
const TURNS_MAX = 2 ** 48;
/** After a failure so many picks go by local turns before the store is asked again. */
const PICKS_WITHOUT_STORE = 256;

/**
 * Round robin in one order over all processes: turns are numbers of a counter in a
 * store, taken in blocks ahead of need, so no pick waits. Members take turns by
 * id. When turns run out before the next block is there, or the store is lost,
 * a process goes on by itself from where it stands; no call fails.
 */
export function sharedRoundRobin(options: SharedRoundRobinOptions): BalancerFactory {
  if (typeof options.name !== "string" || options.name === "")
    throw new TypeError(`sharedRoundRobin.name must be a name, got ${shown(options.name)}`);
  const block = numberOption("sharedRoundRobin.block", options.block, 16, { min: 1, max: 65_536, integer: true });
  return () => new SharedRoundRobin(options, block);
}

class SharedRoundRobin implements Balancer {
  private readonly options: SharedRoundRobinOptions;
  private readonly block: number;
  private members: readonly Member[] = [];
  /** One turn a slot. */
  private cycle: readonly Member[] = [];
  private turn = 0;
  private turnsLeft = 0;
  private nextBlock = -1;
  private asking = false;
  private lost = false;
  private picksWithoutStore = 0;
  private closed = false;

  constructor(options: SharedRoundRobinOptions, block: number) {
    this.options = options;
    this.block = block;
  }

  update(members: readonly Member[]): void {
    this.members = members.filter((member) => weightOf(member) > 0).sort(byId);
    this.cycle = this.options.weighted === true ? spread(this.members) : this.members;
    this.ask();
  }

  pick(_call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    if (this.cycle.length === 0) return undefined;
    if (this.turnsLeft === 0) this.startBlock();
    if (this.turnsLeft > 0) this.turnsLeft--;
    if (this.turnsLeft <= this.block >> 1) this.ask();
    const member = this.cycle[this.turn % this.cycle.length] as Member;
    this.turn++;
    if (excluded === undefined || !excluded.has(member)) return member;
    return firstAllowed(this.members, this.turn % this.members.length, excluded);
  }

  close(): void {
    this.closed = true;
    this.cycle = [];
  }

  private startBlock(): void {
    if (this.nextBlock < 0) return;
    this.turn = this.nextBlock;
    this.turnsLeft = this.block;
    this.nextBlock = -1;
  }

  private ask(): void {
    if (this.asking || this.nextBlock >= 0 || this.closed) return;
    if (this.lost && this.picksWithoutStore++ < PICKS_WITHOUT_STORE) return;
    this.asking = true;
    this.picksWithoutStore = 0;
    void this.take();
  }

  private async take(): Promise<void> {
    const { store, name, onEvent } = this.options;
    try {
      const end = await updateShared(store, `${SHARED_KEY_PREFIX}/turns/${name}`, (value) => {
        const turns = Number(value ?? 0);
        return String((Number.isSafeInteger(turns) && turns >= 0 && turns < TURNS_MAX ? turns : 0) + this.block);
      });
      this.nextBlock = Number(end) - this.block;
      if (this.lost) onEvent?.("store-back");
      this.lost = false;
    } catch {
      // Told once, by the event; picks go on by local turns.
      if (!this.lost) onEvent?.("store-lost");
      this.lost = true;
    } finally {
      this.asking = false;
    }
  }
}

/** A cycle in which each member has as many slots as its weight, as far apart as can be: slot k of a member of weight w stands at (k + 1/2) / w. */
function spread(members: readonly Member[]): readonly Member[] {
  const sum = members.reduce((total, member) => total + weightOf(member), 0);
  const scale = Math.min(1, CYCLE_MAX / sum);
  const slots: { member: Member; at: number; index: number }[] = [];
  members.forEach((member, index) => {
    const count = Math.max(1, Math.round(weightOf(member) * scale));
    for (let slot = 0; slot < count; slot++) slots.push({ member, at: (slot + 0.5) / count, index });
  });
  slots.sort((one, other) => one.at - other.at || one.index - other.index);
  return slots.map(({ member }) => member);
}
