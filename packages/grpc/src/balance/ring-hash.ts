import type { Balancer, BalancerEnvironment, BalancerFactory, Member, PickContext } from "./balancer.js";
import { hash32 } from "./hash.js";
import { type HashKey, type HashKeySource, hashKey } from "./hash-key.js";
import { numberOption } from "./options.js";
import { Ring } from "./ring.js";
import { finishNow, SlicedTask } from "./slices.js";
import { weightOf, withTraffic } from "./weight.js";

export interface RingHashOptions {
  /** @default the call option `key` */
  readonly key?: HashKeySource;
  /** Points of a member of average weight: the shares of members differ by about 1/sqrt(points). @default 160, as ketama */
  readonly points?: number;
  /** No member gets more than this many times its share of the calls in flight; above it, the next one on the ring is asked. @default none */
  readonly boundedLoad?: number;
}

/** Points of a whole ring: above it members get fewer each, in steps of two. */
const RING_POINTS_MAX = 2 ** 20;
/** New points that are put in at once, in well under a millisecond; more of them mean a new ring, built in slices. */
const ADDED_POINTS_MAX = 4_096;
const SMALL_LEVEL_MAX = 16_384;
/** Picks between two counts of the calls in flight, which may miss calls that never end. */
const RECOUNT_PICKS = 4_096;

/**
 * Consistent hashing: a call goes to the first member at or after the place of
 * its key, so a change of members moves only the keys of those that changed.
 * Ketama's ring (Jones, last.fm, 2007) with many points a member; bounded loads
 * from Mirrokni, Thorup and Zadimoghaddam (2016). Calls without a key go by chance.
 */
export function ringHash(options: RingHashOptions = {}): BalancerFactory {
  const key = hashKey("ringHash.key", options.key);
  const points = numberOption("ringHash.points", options.points, 160, { min: 1, max: 4_096, integer: true });
  const boundedLoad = numberOption("ringHash.boundedLoad", options.boundedLoad, 0, { min: 1, exclusive: true, max: 100 });
  return (environment) => new RingHash(environment, key, points, boundedLoad);
}

class RingHash implements Balancer {
  private readonly chance: () => number;
  private readonly key: HashKey;
  private readonly points: number;
  private readonly boundedLoad: number;
  private readonly task: SlicedTask<void>;
  private members: readonly Member[] = [];
  private ring = new Ring();
  /** What `points` and the unit of weight came to when the ring was built: another scale needs another ring. */
  private pointsPerWeight = 0;
  /** The scale of the ring that is being built; 0 while none is. */
  private rebuildingTo = 0;
  private totalWeight = 0;
  private inFlight = 0;
  private picksUntilRecount = 0;

  constructor(environment: BalancerEnvironment, key: HashKey, points: number, boundedLoad: number) {
    this.chance = environment.random;
    this.key = key;
    this.points = points;
    this.boundedLoad = boundedLoad;
    this.task = new SlicedTask(environment);
  }

  update(members: readonly Member[]): void {
    this.members = withTraffic(members);
    this.totalWeight = this.members.reduce((sum, member) => sum + weightOf(member), 0);
    this.picksUntilRecount = 0;
    this.apply();
  }

  pick(call: PickContext, excluded: ReadonlySet<Member> | undefined): Member | undefined {
    const key = this.key(call);
    const place = key === undefined ? (this.chance() * 2 ** 32) | 0 : hash32(key);
    const first = this.ring.at(place);
    if (first === undefined || (excluded === undefined && this.boundedLoad === 0)) return first;
    return this.walk(first, excluded);
  }

  finished(): void {
    if (this.inFlight > 0) this.inFlight--;
  }

  close(): void {
    this.task.stop();
    this.members = [];
    this.ring = new Ring();
  }

  private walk(first: Member, excluded: ReadonlySet<Member> | undefined): Member {
    if (this.boundedLoad > 0) this.count();
    let spare = first;
    for (let member: Member | undefined = first; member !== undefined; member = this.ring.next()) {
      if (excluded?.has(member) === true) continue;
      if (!this.isFull(member)) return member;
      if (spare === first) spare = member;
    }
    return spare;
  }

  private isFull(member: Member): boolean {
    if (this.boundedLoad === 0) return false;
    const share = ((this.inFlight + 1) * weightOf(member)) / this.totalWeight;
    return member.inFlight >= Math.ceil(this.boundedLoad * share);
  }

  private count(): void {
    this.inFlight++;
    if (this.picksUntilRecount-- > 0) return;
    this.picksUntilRecount = RECOUNT_PICKS;
    this.inFlight = 1;
    for (const member of this.members) this.inFlight += member.inFlight;
  }

  private apply(): void {
    const { members, ring } = this;
    const scale = this.scale();
    const pointsOf = pointsByWeight(scale);
    if (scale === this.pointsPerWeight) {
      const missing = ring.use(members, pointsOf);
      if (missing.length / 2 <= ADDED_POINTS_MAX && ring.hasRoom(missing)) {
        if (missing.length > 0) ring.add(missing, this.task.running);
        this.tidy();
        return;
      }
    } else {
      // Until the new ring is there, those who left are walked past on the old one.
      ring.keep(members);
    }
    this.rebuild(scale);
  }

  private rebuild(scale: number): void {
    // One that runs for this scale is let finish: it takes up what changed since, and rapid changes cannot starve it.
    if (this.task.running && this.rebuildingTo === scale && this.ring.at(0) !== undefined) return;
    this.rebuildingTo = scale;
    const next = new Ring();
    const missing = next.use(this.members, pointsByWeight(scale));
    const swap = (): void => {
      this.ring = next;
      this.pointsPerWeight = scale;
      this.rebuildingTo = 0;
      this.apply();
    };
    if (this.ring.at(0) !== undefined) {
      this.task.start(next.build(missing), swap);
      return;
    }
    // Nobody to answer meanwhile: build at once.
    finishNow(next.build(missing));
    this.task.stop();
    this.ring = next;
    this.pointsPerWeight = scale;
    this.rebuildingTo = 0;
  }

  private tidy(): void {
    if (this.task.running) return;
    const { ring } = this;
    if (ring.deadPoints > ring.points / 2 && ring.points > ADDED_POINTS_MAX) this.rebuild(this.pointsPerWeight);
    else if (ring.smallPoints > SMALL_LEVEL_MAX) this.task.start(ring.merge(), () => this.apply());
  }

  /** Points for one unit of weight; changes only in steps of two, so that one more member does not move everybody. */
  private scale(): number {
    const count = this.members.length;
    if (count === 0) return this.pointsPerWeight;
    const unit = 2 ** Math.round(Math.log2(this.totalWeight / count));
    let points = this.points;
    while (points > 1 && points * count > RING_POINTS_MAX) points = Math.ceil(points / 2);
    return points / unit;
  }
}

function pointsByWeight(pointsPerWeight: number): (member: Member) => number {
  return (member) => Math.max(1, Math.round(weightOf(member) * pointsPerWeight));
}
