/** What a suite that others wrote said of us. */
export interface SuiteResult {
  /** The name on the line: "h2spec", "grpc-go-interop". */
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** A line for each case that failed or was skipped, with the reason. Printed for people only. */
  readonly notes: readonly string[];
}

/** Each `test/conformance/NAME.ts` exports `run`: one result, or several where one program runs variants. */
export type RunSuite = (args: readonly string[]) => Promise<SuiteResult | readonly SuiteResult[]>;

/** Each `test/long/NAME.ts` exports `run`: it prints what it finds, and throws when the thing under test is at fault. */
export type RunLong = (args: readonly string[]) => Promise<void>;
