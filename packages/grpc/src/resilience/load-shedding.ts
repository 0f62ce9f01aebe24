import { numberOption } from "../balance/options.js";
import { Code } from "../call/code.js";
import type { Call } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { Gauges, Guard } from "./guard.js";

export interface LoadSheddingOptions {
  /** A loop that is later than this is overloaded. @default 50 */
  readonly loopDelayMs?: number;
  /** CPU of this process, as a share of one core, above which it is overloaded. @default 0.95 */
  readonly cpuShare?: number;
}

/** What is measured of this process; `process.ts` has the real one. */
export interface ProcessLoad {
  /** How late the event loop was lately. */
  loopDelayMs(): number;
  /** CPU time over wall time, lately: 1 is one core. */
  cpuShare(): number;
}

/** Metadata by which a caller says how much a call matters. */
export const PRIORITY_HEADER = "consulrpc-priority";

/**
 * How far an overload must go before calls of a priority are refused: at 0 the
 * first goes, a whole step later the last (criticality as in Site Reliability
 * Engineering, ch. 21). Anything else in the header counts as "default".
 */
const steps: Readonly<Record<string, number>> = { sheddable: 0, default: 1, critical: 3 };

/**
 * Refuses calls while this process is overloaded, the least important first. The
 * refused share grows with the overload: 0 at the limit, all sheddable calls at
 * twice the limit, all default ones at three times, critical ones from four times on.
 */
export class LoadShedding implements Guard {
  private readonly loopDelayMs: number;
  private readonly cpuShare: number;
  private readonly load: ProcessLoad;
  private readonly random: () => number;
  private refusals = 0;

  constructor(options: LoadSheddingOptions, load: ProcessLoad, random: () => number = Math.random) {
    this.loopDelayMs = numberOption("shedding.loopDelayMs", options.loopDelayMs, 50, { min: 1 });
    this.cpuShare = numberOption("shedding.cpuShare", options.cpuShare, 0.95, { min: 0, exclusive: true });
    this.load = load;
    this.random = random;
  }

  /** 0 at the limit, 1 at twice the limit. CPU alone never counts for more than sheddable calls: a busy loop that is on time serves. */
  get overload(): number {
    const delay = this.load.loopDelayMs() / this.loopDelayMs - 1;
    const cpu = this.load.cpuShare() >= this.cpuShare && delay > -0.5 ? 0.5 : 0;
    return Math.max(0, delay, cpu);
  }

  enter(call: Call): RpcError | undefined {
    const { overload } = this;
    if (overload === 0) return undefined;
    const priority = call.metadata.get(PRIORITY_HEADER);
    const step = (typeof priority === "string" && Object.hasOwn(steps, priority) ? steps[priority] : undefined) ?? 1;
    if (this.random() >= overload - step) return undefined;
    this.refusals++;
    return new RpcError(
      Code.RESOURCE_EXHAUSTED,
      `server is overloaded (event loop ${Math.round(this.load.loopDelayMs())} ms late), call refused`,
    );
  }

  leave(): void {}

  abandon(): void {}

  gauges(): Gauges {
    return { overload: this.overload, refusals: this.refusals };
  }
}
