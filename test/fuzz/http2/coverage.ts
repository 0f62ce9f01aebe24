import { Session } from "node:inspector/promises";

/**
 * Which blocks of packages/http2 have run, from V8's precise coverage. One
 * question costs some milliseconds, so it is asked once for many inputs.
 */
export class Coverage {
  private readonly session = new Session();
  private readonly seen = new Set<string>();

  async start(): Promise<void> {
    this.session.connect();
    await this.session.post("Profiler.enable");
    await this.session.post("Profiler.startPreciseCoverage", { callCount: false, detailed: true });
  }

  /** Blocks reached since the last question that no input had reached before. */
  async news(): Promise<number> {
    const { result } = await this.session.post("Profiler.takePreciseCoverage");
    const before = this.seen.size;
    for (const script of result) {
      if (!script.url.includes("/packages/http2/dist/")) continue;
      for (const { ranges } of script.functions) {
        for (const { startOffset, endOffset, count } of ranges)
          if (count > 0) this.seen.add(`${script.scriptId}:${startOffset}:${endOffset}`);
      }
    }
    return this.seen.size - before;
  }

  get blocks(): number {
    return this.seen.size;
  }

  stop(): void {
    this.session.disconnect();
  }
}
