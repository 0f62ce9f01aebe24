import type { SuiteResult } from "../../suite.js";

/** Runs cases one after the other and keeps score. A case that throws has failed; the rest go on. */
export class Score {
  private passed = 0;
  private readonly failures: string[] = [];
  private readonly skips: string[] = [];

  async run(name: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
      this.passed++;
    } catch (error) {
      this.failures.push(`FAILED ${name}: ${(error as Error).message.trim()}`);
    }
  }

  skip(name: string, reason: string): void {
    this.skips.push(`skipped ${name}: ${reason}`);
  }

  result(suite: string): SuiteResult {
    return {
      suite,
      passed: this.passed,
      failed: this.failures.length,
      skipped: this.skips.length,
      notes: [...this.failures, ...this.skips],
    };
  }
}
