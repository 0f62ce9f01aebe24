// npm run long -- twin [STEPS] [SEED] [DIFFERENCES]: random requests to our agent and to a real Consul; every difference is shortened.
import { runTwins } from "../integration/agent-twin/twin-run.js";

export async function run(args: readonly string[]): Promise<void> {
  const [steps = 100_000, seed = Date.now() % 1_000_000, differencesMax = 20] = args.map(Number);
  console.log(`${steps} steps from seed ${seed}`);
  const result = await runTwins(steps, seed, differencesMax, (line) => console.log(line));
  console.log(`${result.steps} steps, ${result.differences.length} differences`);
  if (result.differences.length > 0) throw new Error("the twins differ");
}
