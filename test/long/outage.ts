import { registries } from "../integration/discovery/registries.js";
import { judge, outage } from "../integration/outage/outage.js";
import type { RunLong } from "../suite.js";

const CALLS_MIN = 200_000;
const FAULT_MS = 8_000;

/** `npm run long -- outage`: the outage suite with 200,000 calls and longer faults, on both registries. */
export const run: RunLong = async () => {
  for (const setup of registries) {
    if (setup.skip !== false) {
      console.log(`${setup.name}: left out, ${setup.skip}`);
      continue;
    }
    const report = await outage(setup, CALLS_MIN, FAULT_MS);
    console.log(`${setup.name}: ${JSON.stringify(report)}`);
    judge(report, CALLS_MIN);
  }
};
