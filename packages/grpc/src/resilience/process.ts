import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ProcessLoad } from "./load-shedding.js";

const RESOLUTION_MS = 10;
const SAMPLE_MS = 100;

/** Measures this process ten times a second, until closed; does not keep it alive. */
export class ProcessLoadMeter implements ProcessLoad {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly timer: NodeJS.Timeout;
  private delayMs = 0;
  private cpu = 0;
  private lastCpu = process.cpuUsage();
  private lastMs = performance.now();

  constructor() {
    this.histogram.enable();
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
    this.timer.unref();
  }

  loopDelayMs(): number {
    return this.delayMs;
  }

  cpuShare(): number {
    return this.cpu;
  }

  close(): void {
    clearInterval(this.timer);
    this.histogram.disable();
  }

  private sample(): void {
    const nowMs = performance.now();
    const used = process.cpuUsage(this.lastCpu);
    this.lastCpu = process.cpuUsage();
    this.cpu = (used.user + used.system) / 1_000 / (nowMs - this.lastMs);
    this.lastMs = nowMs;
    // The timer of the histogram itself takes its resolution; what is beyond is lateness.
    const lateMs = this.histogram.count === 0 ? 0 : Math.max(0, this.histogram.mean / 1e6 - RESOLUTION_MS);
    this.histogram.reset();
    this.delayMs = this.delayMs * 0.5 + lateMs * 0.5;
  }
}
