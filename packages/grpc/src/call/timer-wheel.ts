import { type Clock, realClock } from "./clock.js";

/** How coarse deadlines are: one passes between 0 and this much late, never early. */
export const WHEEL_TICK_MS = 4;
/** Slots of the wheel; a deadline further away than one turn stays in its slot for the turns it needs. */
export const WHEEL_SLOTS = 4096;

/** What has a deadline. The fields belong to the wheel; the object is its own list node, so that setting a deadline allocates nothing. */
export interface WheelEntry {
  /** On the wheel's clock; Infinity while there is none. */
  deadlineMs: number;
  wheelNext: WheelEntry | undefined;
  wheelPrevious: WheelEntry | undefined;
  wheelSlot: number;
  onDeadline(): void;
}

/**
 * All deadlines of the process behind one timer: a hashed timing wheel
 * (Varghese and Lauck 1987, scheme 6). Adding and removing touch one list; the
 * timer stands at the first slot that has an entry. It does not keep the
 * process alive: the connection that a call waits for does.
 */
export class TimerWheel {
  readonly clock: Clock;
  private readonly slots: (WheelEntry | undefined)[] = new Array<WheelEntry | undefined>(WHEEL_SLOTS).fill(undefined);
  private size = 0;
  /** The last tick whose slot has been looked at. */
  private tick = 0;
  private armedTick = Number.POSITIVE_INFINITY;
  private disarm: (() => void) | undefined;

  constructor(clock: Clock = realClock) {
    this.clock = clock;
  }

  nowMs(): number {
    return this.clock.nowMs();
  }

  add(entry: WheelEntry, deadlineMs: number): void {
    const now = this.clock.nowMs();
    if (this.size === 0) this.tick = Math.floor(now / WHEEL_TICK_MS);
    const due = Math.max(Math.ceil(deadlineMs / WHEEL_TICK_MS), this.tick + 1);
    const slot = due % WHEEL_SLOTS;
    const head = this.slots[slot];
    entry.deadlineMs = deadlineMs;
    entry.wheelSlot = slot;
    entry.wheelPrevious = undefined;
    entry.wheelNext = head;
    if (head !== undefined) head.wheelPrevious = entry;
    this.slots[slot] = entry;
    this.size++;
    if (due < this.armedTick) this.arm(Math.min(due, this.tick + WHEEL_SLOTS), now);
  }

  /** Harmless for an entry that is not in the wheel. */
  remove(entry: WheelEntry): void {
    if (entry.wheelSlot < 0) return;
    const { wheelNext: next, wheelPrevious: previous } = entry;
    if (previous === undefined) this.slots[entry.wheelSlot] = next;
    else previous.wheelNext = next;
    if (next !== undefined) next.wheelPrevious = previous;
    entry.wheelSlot = -1;
    entry.wheelNext = undefined;
    entry.wheelPrevious = undefined;
    this.size--;
  }

  private arm(tick: number, now: number): void {
    this.disarm?.();
    this.armedTick = tick;
    this.disarm = this.clock.after(Math.ceil(tick * WHEEL_TICK_MS - now), () => this.advance(), true);
  }

  private advance(): void {
    this.armedTick = Number.POSITIVE_INFINITY;
    this.disarm = undefined;
    const now = this.clock.nowMs();
    const last = Math.floor(now / WHEEL_TICK_MS);
    // After a long sleep one turn sees every slot.
    const first = Math.max(this.tick + 1, last - WHEEL_SLOTS + 1);
    this.tick = Math.max(last, this.tick);
    for (let tick = first; tick <= last; tick++) this.expire(tick % WHEEL_SLOTS, now);
    if (this.size > 0) this.arm(this.nextOccupied(), now);
  }

  private expire(slot: number, now: number): void {
    let entry = this.slots[slot];
    while (entry !== undefined) {
      const next: WheelEntry | undefined = entry.wheelNext;
      if (entry.deadlineMs <= now) {
        this.remove(entry);
        entry.onDeadline();
      }
      // A handler may have removed `next` as well: begin again then.
      entry = next !== undefined && next.wheelSlot !== slot ? this.slots[slot] : next;
    }
  }

  private nextOccupied(): number {
    for (let tick = this.tick + 1; tick <= this.tick + WHEEL_SLOTS; tick++) {
      if (this.slots[tick % WHEEL_SLOTS] !== undefined) return tick;
    }
    return this.tick + WHEEL_SLOTS;
  }
}

/** The process's deadlines. */
export const deadlines: TimerWheel = new TimerWheel();
