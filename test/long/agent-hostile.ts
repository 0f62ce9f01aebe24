// npm run long -- agent-hostile [MEGABYTES] [SEED]: no crash, no hang, every answer HTTP, memory bounded.
import { runHostile } from "../integration/agent-load/hostile-run.js";

const RESIDENT_MIB_MAX = 1_024;

export async function run(args: readonly string[]): Promise<void> {
  const [megabytes = 500, seed = Date.now() % 1_000_000] = args.map(Number);
  console.log(`${megabytes} MB from seed ${seed}`);
  const { requests, bytes, statuses, residentMiBMost, faults } = await runHostile(megabytes * 1e6, seed, (line) => console.log(line));
  const figures = `${requests} requests, ${Math.round(bytes / 1e6)} MB, ${residentMiBMost} MiB resident at most`;
  console.log(`${figures}; answers ${JSON.stringify(statuses)}`);
  if (faults.length > 0) throw new Error(`${faults.length} faults:\n${faults.slice(0, 10).join("\n")}`);
  if (residentMiBMost > RESIDENT_MIB_MAX) throw new Error(`${residentMiBMost} MiB resident, above ${RESIDENT_MIB_MAX}`);
}
