import type { Member } from "./balancer.js";
import { KeyHeap } from "./key-heap.js";
import { weightOf } from "./weight.js";

/** Up to as many different weights, the schedule is nginx's pick for pick; above, heads of classes wait in a heap. */
const CLASSES_SCANNED_MAX = 16;
/** Picks after which credits are folded into their starting values, long before they lose precision. */
const PICKS_BEFORE_FOLD = 2 ** 28;

interface Entry {
  readonly member: Member;
  readonly index: number;
  readonly weight: number;
  /** Credit at pick 0 of this epoch. */
  start: number;
  picks: number;
}

/** Members of one weight. Their order of turns never changes within an epoch, so a ring is enough. */
interface WeightClass {
  readonly weight: number;
  readonly ring: Entry[];
  head: number;
}

/**
 * Smooth weighted round robin without a scan of the members. The rule is nginx's
 * (Igor Sysoev, 2012, commit 52327e0627f4): before each pick every member gains
 * its weight in credit, the one with the most is picked (the first among
 * equals) and pays the sum of all weights. After t picks the credit is
 * start + weight * t - total * picks: among members of one weight the order is fixed, so only
 * the head of each class of weights competes. With many different weights the
 * heads wait for the moment their credit reaches half the total (earliest
 * deadline first): the same shares over a cycle, spaced as evenly.
 */
export class WeightedSchedule {
  private classes: WeightClass[] = [];
  private readonly heap = new KeyHeap();
  private total = 0;
  private clock = 0;

  update(members: readonly Member[], weightFor: (member: Member) => number = weightOf): void {
    const before = this.credits();
    const totalBefore = this.total;
    this.clock = 0;
    this.total = 0;
    const entries: Entry[] = [];
    members.forEach((member, index) => {
      const weight = weightFor(member);
      if (weight <= 0) return;
      this.total += weight;
      entries.push({ member, index, weight, start: before.get(member) ?? 0, picks: 0 });
    });
    // Credit is worth what it buys: a share of a cycle, whose length is the total.
    const scale = totalBefore === 0 || totalBefore === this.total ? 1 : this.total / totalBefore;
    for (const entry of entries) entry.start = scale === 1 ? entry.start : Math.round(entry.start * scale);
    this.classes = classify(entries, this.total);
    this.startHeap();
  }

  next(excluded: ReadonlySet<Member> | undefined): Member | undefined {
    if (this.classes.length === 0) return undefined;
    if (this.clock >= PICKS_BEFORE_FOLD) this.fold();
    const member = this.take();
    if (excluded === undefined || !excluded.has(member)) return member;
    for (let turn = 0; turn < this.turnsMax(excluded); turn++) {
      const other = this.take();
      if (!excluded.has(other)) return other;
    }
    return this.anyBut(excluded) ?? member;
  }

  private take(): Member {
    this.clock++;
    const chosen = this.classes.length <= CLASSES_SCANNED_MAX ? this.mostCredit() : this.earliest();
    const entry = chosen.ring[chosen.head] as Entry;
    entry.picks++;
    chosen.head = chosen.head + 1 === chosen.ring.length ? 0 : chosen.head + 1;
    if (this.classes.length > CLASSES_SCANNED_MAX) this.requeue(this.heap.first());
    return entry.member;
  }

  private mostCredit(): WeightClass {
    const classes = this.classes;
    let best = classes[0] as WeightClass;
    let bestEntry = best.ring[best.head] as Entry;
    let bestCredit = bestEntry.start + best.weight * this.clock - this.total * bestEntry.picks;
    for (let at = 1; at < classes.length; at++) {
      const other = classes[at] as WeightClass;
      const entry = other.ring[other.head] as Entry;
      const credit = entry.start + other.weight * this.clock - this.total * entry.picks;
      if (credit < bestCredit || (credit === bestCredit && entry.index > bestEntry.index)) continue;
      best = other;
      bestEntry = entry;
      bestCredit = credit;
    }
    return best;
  }

  private earliest(): WeightClass {
    return this.classes[this.heap.first()] as WeightClass;
  }

  private startHeap(): void {
    if (this.classes.length <= CLASSES_SCANNED_MAX) return;
    this.heap.reset(this.classes.length);
    for (let at = 0; at < this.classes.length; at++) this.setDeadline(at);
    this.heap.heapify();
  }

  private requeue(at: number): void {
    this.setDeadline(at);
    this.heap.changed(at);
  }

  /** The pick at which the head's credit reaches half the total. */
  private setDeadline(at: number): void {
    const { ring, head, weight } = this.classes[at] as WeightClass;
    const entry = ring[head] as Entry;
    this.heap.key[at] = (this.total * (entry.picks + 0.5) - entry.start) / weight;
    this.heap.tie[at] = entry.index;
  }

  private credits(): Map<Member, number> {
    const credits = new Map<Member, number>();
    for (const { ring, weight } of this.classes) {
      for (const entry of ring) credits.set(entry.member, entry.start + weight * this.clock - this.total * entry.picks);
    }
    return credits;
  }

  private fold(): void {
    for (const { ring, weight } of this.classes) {
      for (const entry of ring) {
        entry.start += weight * this.clock - this.total * entry.picks;
        entry.picks = 0;
      }
    }
    this.clock = 0;
    this.startHeap();
  }

  /** A heavy member may hold many turns in a row; a retry does not wait for all of them. */
  private turnsMax(excluded: ReadonlySet<Member>): number {
    return 4 * (excluded.size + 1);
  }

  private anyBut(excluded: ReadonlySet<Member>): Member | undefined {
    for (const { ring, head } of this.classes) {
      for (let step = 0; step < Math.min(ring.length, excluded.size + 1); step++) {
        const { member } = ring[(head + step) % ring.length] as Entry;
        if (!excluded.has(member)) return member;
      }
    }
    return undefined;
  }
}

/** Rings in order of turns. Credits in a ring must lie within one total, or the order would change: what lies below is lifted. */
function classify(entries: readonly Entry[], total: number): WeightClass[] {
  const rings = new Map<number, Entry[]>();
  for (const entry of entries) {
    const ring = rings.get(entry.weight);
    if (ring === undefined) rings.set(entry.weight, [entry]);
    else ring.push(entry);
  }
  for (const ring of rings.values()) {
    ring.sort((one, other) => other.start - one.start || one.index - other.index);
    const floor = (ring[0] as Entry).start - total;
    for (const entry of ring) entry.start = Math.max(entry.start, floor);
  }
  return Array.from(rings, ([weight, ring]) => ({ weight, ring, head: 0 }));
}
