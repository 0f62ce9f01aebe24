import { Code } from "@consulrpc/grpc";
import type { Distribution } from "./distribution.js";
import type { World } from "./world.js";

export interface ServerOptions {
  readonly id: string;
  readonly serviceMs: Distribution;
  /** Calls served at the same time. */
  readonly workers: number;
  /** Calls that wait; one more is refused with RESOURCE_EXHAUSTED. */
  readonly queueMax: number;
  readonly zone?: string;
  readonly weight?: number;
  /** Asked before a call is taken, told when it ends: load shedding and concurrency limits sit here. */
  readonly admission?: Admission;
}

export interface Admission {
  admit(nowMs: number, inFlight: number): boolean;
  done(nowMs: number, latencyMs: number, ok: boolean): void;
}

export type Reply = (code: Code) => void;

interface Waiting {
  readonly arrivedMs: number;
  readonly reply: Reply;
}

/** A server of a few workers and a bounded queue, with everything that goes wrong with one as a field to set. */
export class Server {
  readonly options: ServerOptions;
  /** Every service time is multiplied by it. */
  slowdown = 1;
  /** This share of calls fails after `failureMs`. */
  failureShare = 0;
  failureMs = 0;
  failureCode: Code = Code.UNAVAILABLE;
  /** Takes calls and never answers. */
  blackHole = false;
  /** A process that is not there: connections are refused. */
  down = false;
  served = 0;
  private readonly world: World;
  private readonly queue: Waiting[] = [];
  private busy = 0;
  private pausedUntilMs = 0;
  /** Raised by a crash: what the process was doing is gone. */
  private life = 0;

  constructor(world: World, options: ServerOptions) {
    this.world = world;
    this.options = options;
  }

  get inFlight(): number {
    return this.busy + this.queue.length;
  }

  receive(reply: Reply): void {
    if (this.blackHole) return;
    const refusal = this.refusal();
    if (refusal !== undefined) {
      reply(refusal);
      return;
    }
    if (this.world.random() < this.failureShare) {
      const code = this.failureCode;
      this.world.after(this.failureMs, () => reply(code));
      return;
    }
    this.queue.push({ arrivedMs: this.world.nowMs, reply });
    this.work();
  }

  private refusal(): Code | undefined {
    if (this.down) return Code.UNAVAILABLE;
    if (this.queue.length >= this.options.queueMax) return Code.RESOURCE_EXHAUSTED;
    return this.options.admission?.admit(this.world.nowMs, this.inFlight) === false ? Code.RESOURCE_EXHAUSTED : undefined;
  }

  /** Nothing is answered for a while (garbage collection, a full disk, a stopped process). */
  pause(durationMs: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, this.world.nowMs + durationMs);
    this.world.at(this.pausedUntilMs, () => this.work());
  }

  /** Every call it holds fails, and new ones are refused until `start`. */
  crash(): void {
    this.down = true;
    this.life++;
    this.busy = 0;
    for (const waiting of this.queue.splice(0)) waiting.reply(Code.UNAVAILABLE);
  }

  start(): void {
    this.down = false;
  }

  private work(): void {
    if (this.world.nowMs < this.pausedUntilMs) return;
    while (this.busy < this.options.workers) {
      const waiting = this.queue.shift();
      if (waiting === undefined) return;
      this.busy++;
      const life = this.life;
      this.world.after(this.options.serviceMs(this.world.random) * this.slowdown, () => this.finish(waiting, life));
    }
  }

  private finish(waiting: Waiting, life: number): void {
    if (life !== this.life) {
      waiting.reply(Code.UNAVAILABLE);
      return;
    }
    if (this.world.nowMs < this.pausedUntilMs) {
      this.world.at(this.pausedUntilMs, () => this.finish(waiting, life));
      return;
    }
    this.busy--;
    this.served++;
    this.options.admission?.done(this.world.nowMs, this.world.nowMs - waiting.arrivedMs, true);
    waiting.reply(Code.OK);
    this.work();
  }
}
