import { type NameClient, nameClient } from "@consulrpc/grpc";
import { monotonicMs } from "./clock.js";
import { type Command, ExitCode, number, UsageError } from "./command/command.js";
import { CALL_FLAGS, callArguments, channelTo, serviceOf, timeoutMs } from "./target.js";

const CONCURRENCY = 64;
const SECONDS = 5;

export const command: Command = {
  name: "bench",
  summary: "call a method as often as it answers, and say how often that was",
  usage: "SERVICE/METHOD [ARGUMENT ...]",
  examples: [
    `bench hello.HelloService/SayHello '{"name":"world"}' -c 64 --seconds 5`,
    "bench example.Echo/echo hi --at 127.0.0.1:50051 --json",
  ],
  flags: {
    ...CALL_FLAGS,
    concurrency: { type: "string", short: "c", value: "N", help: `calls in flight; default ${CONCURRENCY}` },
    seconds: { type: "string", value: "N", help: `how long; default ${SECONDS}` },
  },
  run: async (invocation) => {
    const { positionals, values, output, signal } = invocation;
    const [path, ...given] = positionals;
    if (path === undefined) throw new UsageError("SERVICE/METHOD is missing");
    await using channel = channelTo(invocation, serviceOf(path));
    const client = nameClient(() => channel, { json: true, call: { timeoutMs: timeoutMs(invocation) } });
    const args = callArguments(given);
    await client.call(path, ...args); // What cannot be called at all is an error, no figure.
    const seconds = number(values, "seconds") ?? SECONDS;
    const result = await load(client, path, args, number(values, "concurrency") ?? CONCURRENCY, seconds, signal);
    const { callsPerSecond, p50Ms, p99Ms, failed } = result;
    const people = `${callsPerSecond.toLocaleString("en")} calls/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ${failed} failed`;
    output.result(result, () => (result.lastFailure === undefined ? people : `${people} (${result.lastFailure})`));
    return failed === 0 ? ExitCode.OK : ExitCode.FAILED;
  },
};

interface Result {
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  readonly lastFailure?: string;
}

async function load(
  client: NameClient,
  path: string,
  args: readonly unknown[],
  concurrency: number,
  seconds: number,
  signal: AbortSignal,
): Promise<Result> {
  const startedAtMs = monotonicMs();
  const takenMs: number[] = [];
  let failed = 0;
  let lastFailure: string | undefined;
  const work = async (): Promise<void> => {
    for (let before = startedAtMs; before - startedAtMs < seconds * 1_000 && !signal.aborted; before = monotonicMs()) {
      try {
        await client.call(path, ...args);
        takenMs.push(monotonicMs() - before);
      } catch (error) {
        failed++;
        lastFailure = (error as Error).message;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const elapsedSeconds = (monotonicMs() - startedAtMs) / 1_000;
  const sorted = Float64Array.from(takenMs).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    calls: sorted.length,
    callsPerSecond: Math.round(sorted.length / elapsedSeconds),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    failed,
    ...(lastFailure === undefined ? {} : { lastFailure }),
  };
}
