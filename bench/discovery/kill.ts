import { fileURLToPath } from "node:url";
import { Consul } from "@consulrpc/consul";
import { type ConnectOptions, connect } from "consulrpc";
import { servers } from "../agent/contestants.js";
import type { Contestant } from "../harness/case.js";
import { Child, SERVER_CORE } from "../harness/child.js";
import { pause, type Who } from "./who.js";

const PROGRAM = fileURLToPath(new URL("./instance-process.js", import.meta.url));
const INSTANCES = 3;
const WORKERS = 16;
const STEADY_MS = 200;
/** Well past the check's interval, in which the registry still calls the dead instance well. */
const AFTER_MS = 1_300;
const CALL_MS_MAX = 5_000;
/** gRPC's usual ten tokens stop retries when five calls fail at once, and here about as many are in flight at the victim. */
const RETRY_THROTTLING = { maxTokens: 1_000, tokenRatio: 1 };

export interface AroundDeath {
  readonly failed: number;
  /** Of the last call that failed, after the kill; 0 when none did. */
  readonly lastFailedMs: number;
}

/** Steady calls over three instances, each a process, of which one is killed -9 in the middle of it. */
export async function callsAround(retry: ConnectOptions["retry"], figure: (death: AroundDeath) => number): Promise<Contestant> {
  const registry = await servers.ours!("dev");
  const address = `127.0.0.1:${registry.port}`;
  let round = 0;
  return { round: async () => figure(await oneDeath(`bench.Kill${++round}`, address, retry)), close: () => registry.stop() };
}

async function oneDeath(name: string, address: string, retry: ConnectOptions["retry"]): Promise<AroundDeath> {
  const instances = Array.from({ length: INSTANCES }, () => {
    return new Child([process.execPath, PROGRAM, name], SERVER_CORE, { CONSUL_HTTP_ADDR: address });
  });
  await using consul = new Consul({ address, environment: {} });
  const retrying = retry === undefined ? {} : { retry, retryThrottling: RETRY_THROTTLING };
  await using client = connect<Who>(name, { consul, lastGood: false, timeoutMs: CALL_MS_MAX, ...retrying });
  let running = true;
  const failedAtMs: number[] = [];
  const answered = new Set<string>();
  const work = async (): Promise<void> => {
    while (running) {
      await client.whoAmI().then(
        (id) => answered.add(id),
        () => failedAtMs.push(performance.now()),
      );
      await pause(1);
    }
  };
  const workers: Promise<void>[] = [];
  try {
    const [victim = ""] = await Promise.all(instances.map((instance) => instance.line()));
    workers.push(...Array.from({ length: WORKERS }, work));
    for (let waitedMs = 0; !answered.has(victim); waitedMs += STEADY_MS) {
      if (waitedMs > CALL_MS_MAX) throw new Error(`${victim} was not called before its death`);
      await pause(STEADY_MS);
    }
    if (failedAtMs.length > 0) throw new Error(`${name}: ${failedAtMs.length} calls failed before anybody died`);
    const killedAtMs = performance.now();
    process.kill(instances[0]!.pid, "SIGKILL");
    await pause(AFTER_MS);
    return { failed: failedAtMs.length, lastFailedMs: Math.max(0, (failedAtMs.at(-1) ?? 0) - killedAtMs) };
  } finally {
    running = false;
    await Promise.all(workers);
    await Promise.all(instances.map((instance) => instance.stop()));
  }
}
