import type { Member } from "./balancer.js";
import { fnv1a32, mixed32 } from "./hash.js";
import { emptyLevel, lowerBound, merged, POINT_NUMBERS, type RingLevel, sorted } from "./ring-points.js";
import { finishNow, type SlicedWork } from "./slices.js";

/** Points of one member at most: a hundred times the usual, so that one huge weight cannot fill the memory. */
export const MEMBER_POINTS_MAX = 16_000;
const POINTS_AT_FIRST = 1_024;

/** One ordering of a member's points, from its id alone: the same in every client. */
function pointPlace(id: string, ordinal: number): number {
  const base = fnv1a32(id);
  return mixed32(base + Math.imul(ordinal + 1, mixed32(base ^ 0x9e3779b9) | 1)) >>> 0;
}

/**
 * Members on a ring of 2^32 places. A member that leaves keeps its points and
 * is walked past: that is what consistent hashing does anyway. It costs nothing
 * to come back. Points of newcomers go to a small second level, which is
 * merged into the large one in slices. `at` finds members from a place on.
 */
export class Ring {
  private readonly slotById = new Map<string, number>();
  private readonly slotMember: (Member | undefined)[] = [];
  /** Points in force, of those that exist: a smaller weight leaves the rest unused. */
  private readonly slotPoints: number[] = [];
  private readonly slotBuilt: number[] = [];
  private readonly idOf: string[] = [];
  private pointSlot = new Int32Array(POINTS_AT_FIRST);
  private pointOrdinal = new Uint16Array(POINTS_AT_FIRST);
  /** Some member has more points than are in force. */
  private shrunk = false;
  private pointCount = 0;
  private livePoints = 0;
  private large: RingLevel = emptyLevel;
  private small: RingLevel = emptyLevel;
  /** Newest points, while `small` is being merged into `large`. */
  private fresh: RingLevel = emptyLevel;
  private readonly cursors = new Int32Array(3);
  private stepsLeft = 0;

  get points(): number {
    return this.pointCount;
  }

  get deadPoints(): number {
    return this.pointCount - this.livePoints;
  }

  get smallPoints(): number {
    return this.small.points.length;
  }

  /** Sets who is on the ring, with how many points each; returns points that do not exist yet. */
  use(members: readonly Member[], pointsOf: (member: Member) => number): Float64Array {
    this.slotMember.fill(undefined);
    this.livePoints = 0;
    const missing: number[] = [];
    for (const member of members) {
      const slot = this.slotOf(member.endpoint.id);
      const wanted = Math.min(pointsOf(member), MEMBER_POINTS_MAX);
      this.slotMember[slot] = member;
      this.slotPoints[slot] = wanted;
      if ((this.slotBuilt[slot] as number) > wanted) this.shrunk = true;
      this.livePoints += Math.min(wanted, this.slotBuilt[slot] as number);
      for (let ordinal = this.slotBuilt[slot] as number; ordinal < wanted; ordinal++) missing.push(slot, ordinal);
    }
    return Float64Array.from(missing);
  }

  /** Only takes members off: who is on the ring keeps its points, newcomers wait for another ring. */
  keep(members: readonly Member[]): void {
    this.slotMember.fill(undefined);
    this.livePoints = 0;
    for (const member of members) {
      const slot = this.slotById.get(member.endpoint.id);
      if (slot === undefined) continue;
      this.slotMember[slot] = member;
      this.livePoints += Math.min(this.slotPoints[slot] as number, this.slotBuilt[slot] as number);
    }
  }

  /** Whether so many new points can still be numbered. */
  hasRoom(missing: Float64Array): boolean {
    return this.pointCount + missing.length / 2 <= POINT_NUMBERS;
  }

  /** Adds what `use` found missing to the small level; for few points. */
  add(missing: Float64Array, merging: boolean): void {
    const points = finishNow(sorted(finishNow(this.numbered(missing))));
    if (merging) this.fresh = finishNow(merged(this.fresh.points, points.points));
    else this.small = finishNow(merged(this.small.points, points.points));
  }

  /** Builds the whole ring from what `use` found missing. */
  *build(missing: Float64Array): SlicedWork<void> {
    this.large = yield* sorted(yield* this.numbered(missing));
  }

  /** Merges the small level into the large one. */
  *merge(): SlicedWork<void> {
    const large = yield* merged(this.large.points, this.small.points);
    this.large = large;
    this.small = this.fresh;
    this.fresh = emptyLevel;
  }

  /** The first member at or after a place (as hash32 gives it); then call `next` for the ones behind it. */
  at(place: number): Member | undefined {
    const first = lowerBound(this.large, place);
    this.cursors[0] = first;
    // Almost always: one level, and a member that lives.
    if (this.small.points.length === 0 && this.fresh.points.length === 0 && first < this.large.points.length) {
      const member = this.living(numberOf(this.large.points[first] as number));
      if (member !== undefined) {
        this.cursors[0] = first + 1;
        this.cursors[1] = 0;
        this.cursors[2] = 0;
        this.stepsLeft = this.pointCount - 1;
        return member;
      }
    }
    this.cursors[1] = lowerBound(this.small, place);
    this.cursors[2] = lowerBound(this.fresh, place);
    this.stepsLeft = this.pointCount;
    return this.next();
  }

  /** The next point's member, living ones only; undefined after a whole round. */
  next(): Member | undefined {
    while (this.stepsLeft > 0) {
      this.stepsLeft--;
      const member = this.living(this.nextPoint());
      if (member !== undefined) return member;
    }
    return undefined;
  }

  private living(number: number): Member | undefined {
    const slot = this.pointSlot[number] as number;
    const member = this.slotMember[slot];
    if (member === undefined || !this.shrunk) return member;
    return (this.pointOrdinal[number] as number) < (this.slotPoints[slot] as number) ? member : undefined;
  }

  /** The least of the three levels' next points; when all are at their ends, the round goes on from the start. */
  private nextPoint(): number {
    const { cursors } = this;
    for (;;) {
      const a = pointAt(this.large, cursors[0] as number);
      const b = pointAt(this.small, cursors[1] as number);
      const c = pointAt(this.fresh, cursors[2] as number);
      const level = a <= b && a <= c ? 0 : b <= c ? 1 : 2;
      const point = level === 0 ? a : level === 1 ? b : c;
      if (point !== Number.POSITIVE_INFINITY) {
        cursors[level] = (cursors[level] as number) + 1;
        return numberOf(point);
      }
      cursors.fill(0);
    }
  }

  private slotOf(id: string): number {
    const known = this.slotById.get(id);
    if (known !== undefined) return known;
    const slot = this.slotMember.length;
    this.slotById.set(id, slot);
    this.slotMember.push(undefined);
    this.slotPoints.push(0);
    this.slotBuilt.push(0);
    this.idOf.push(id);
    return slot;
  }

  private grow(count: number): void {
    if (count <= this.pointSlot.length) return;
    const capacity = Math.min(POINT_NUMBERS, Math.ceil(count * 1.25));
    const slots = new Int32Array(capacity);
    slots.set(this.pointSlot);
    this.pointSlot = slots;
    const ordinals = new Uint16Array(capacity);
    ordinals.set(this.pointOrdinal);
    this.pointOrdinal = ordinals;
  }

  private *numbered(missing: Float64Array): SlicedWork<Float64Array> {
    const points = new Float64Array(missing.length / 2);
    this.grow(this.pointCount + points.length);
    yield;
    for (let at = 0; at < points.length; at++) {
      const slot = missing[2 * at] as number;
      const ordinal = missing[2 * at + 1] as number;
      const number = this.pointCount++;
      this.livePoints++;
      this.pointSlot[number] = slot;
      this.pointOrdinal[number] = ordinal;
      this.slotBuilt[slot] = ordinal + 1;
      points[at] = pointPlace(this.idOf[slot] as string, ordinal) * POINT_NUMBERS + number;
      if (at % 8_192 === 8_191) yield;
    }
    return points;
  }
}

/** The low 21 bits; `%` of doubles is a call to fmod, ten times as slow. */
function numberOf(point: number): number {
  return (point - Math.floor(point / POINT_NUMBERS) * POINT_NUMBERS) | 0;
}

/** Checked first: a read behind the end of a typed array would put every point read on the heap. */
function pointAt(level: RingLevel, at: number): number {
  return at < level.points.length ? (level.points[at] as number) : Number.POSITIVE_INFINITY;
}
