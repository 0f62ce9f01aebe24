// npm run long -- agent-load [SECONDS] [WATCHERS] [KEYS] [SERVICES] [SESSIONS]: correct and quick under everything at once.
import { runLoad, SLOW_READER_SECONDS } from "../integration/agent-load/load-run.js";

const GET_P99_MS_MAX = 50;

export async function run(args: readonly string[]): Promise<void> {
  const [seconds = SLOW_READER_SECONDS + 1, watchers = 10_000, keys = 50_000, services = 5_000, sessions = 2_000] = args.map(Number);
  const result = await runLoad({ seconds, watchers, keys, services, sessions }, (line) => console.log(line));
  const { gets, p50Ms, p99Ms, worstMs, residentMiB, told, faults } = result;
  const figures = [p50Ms, p99Ms, worstMs].map((ms) => ms.toFixed(1)).join("/");
  console.log(`${gets} GETs, p50/p99/worst ${figures} ms; ${told} watchers told; ${residentMiB} MiB resident`);
  if (faults.length > 0) throw new Error(`${faults.length} faults:\n${faults.slice(0, 20).join("\n")}`);
  if (p99Ms > GET_P99_MS_MAX) throw new Error(`p99 of a GET is ${p99Ms.toFixed(1)} ms, above ${GET_P99_MS_MAX}`);
}
