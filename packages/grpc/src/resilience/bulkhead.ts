import { numberOption } from "../balance/options.js";
import { Code } from "../call/code.js";
import type { Call } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { Gauges, Guard } from "./guard.js";

export interface BulkheadOptions {
  /** Calls at the same time; one more is refused with RESOURCE_EXHAUSTED. @default 1_000 */
  readonly callsMax?: number;
}

/** Keeps one method or service from taking everything. It does not queue: a queue hides an overload until it is a worse one. */
export class Bulkhead implements Guard {
  private readonly callsMax: number;
  private running = 0;
  private refusals = 0;

  constructor(options: BulkheadOptions = {}) {
    this.callsMax = numberOption("bulkhead.callsMax", options.callsMax, 1_000, { min: 1, integer: true });
  }

  enter(call: Call): RpcError | undefined {
    if (this.running < this.callsMax) {
      this.running++;
      return undefined;
    }
    this.refusals++;
    return new RpcError(Code.RESOURCE_EXHAUSTED, `bulkhead of ${call.method.path} is full: ${this.running} of ${this.callsMax} calls run`);
  }

  leave(): void {
    this.running--;
  }

  abandon(): void {
    this.running--;
  }

  gauges(): Gauges {
    return { running: this.running, callsMax: this.callsMax, refusals: this.refusals };
  }
}
