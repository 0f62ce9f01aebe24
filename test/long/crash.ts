// npm run long -- crash [CRASHES]: kill -9 under write load, and everything that was acknowledged is there afterwards.
import { runCrashes } from "../integration/agent-crash/crash-run.js";

export async function run(args: readonly string[]): Promise<void> {
  const crashes = Number(args[0] ?? 300);
  const result = await runCrashes(crashes, Math.random, (line) => console.log(line));
  console.log(
    `${result.crashes} crashes: ${result.acknowledged} writes acknowledged, ${result.refused} refused, ${result.unanswered} unanswered`,
  );
}
