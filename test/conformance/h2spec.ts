import type { SuiteResult } from "../suite.js";
import { h2spec } from "../suites/h2spec.js";

/** summerwind/h2spec over plaintext against the hello server. */
export function run(): Promise<SuiteResult> {
  return h2spec("h2spec", undefined);
}
