import assert from "node:assert/strict";
import { Consul } from "@consulrpc/consul";
import { type BeliefOptions, connect, memoryLastGood, type Served, serve } from "consulrpc";
import { eventually, freePort, type RegistrySetup } from "../discovery/registries.js";
import { SteadyCalls, type SteadyClient } from "./steady-calls.js";
import { type Fault, TcpProxy } from "./tcp-proxy.js";

export interface OutageReport {
  readonly calls: number;
  readonly failures: readonly string[];
  /** Milliseconds from Consul's return until a new instance answered, by what had happened. */
  readonly usedAfterMs: Readonly<Record<string, number>>;
  /** Milliseconds from the return of an empty Consul until all were registered. */
  readonly registeredAfterMs: number;
}

const INSTANCES = 9;
const SERVICE = "outage.Steady";
/** The bars. */
const USED_WITHIN_MS = 2_000;
const REGISTERED_WITHIN_MS = 15_000;
const silent = (): void => undefined;

class Steady {
  private readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  async whoAmI(): Promise<string> {
    return this.name;
  }
}

/**
 * Steady calls with retries off over nine instances. Callers and instances know Consul through faulty paths; it is
 * partitioned in four ways, stopped, and comes back with nothing in it, first for callers, later for instances. New
 * instances come and old ones die meanwhile.
 */
export async function outage(setup: RegistrySetup, callsMin: number, faultMs: number, belief: BeliefOptions = {}): Promise<OutageReport> {
  const registryPort = await freePort();
  let registry = await setup.start(registryPort);
  await using callersPath = await TcpProxy.start(registryPort);
  await using serversPath = await TcpProxy.start(registryPort);
  const paths = [callersPath, serversPath];
  // who calls, and each who serves, stands in for a process of its own
  const consuls: Consul[] = [];
  const consulOfItsOwn = ({ address }: TcpProxy): Consul => {
    const consul = new Consul({ address, environment: {} });
    consuls.push(consul);
    return consul;
  };
  const running = new Map<string, Served>();
  const start = async (name: string): Promise<void> => {
    const options = {
      consul: consulOfItsOwn(serversPath),
      check: { interval: "1s" },
      host: "127.0.0.1",
      signals: false,
      propagationMs: 100,
      log: silent,
    };
    running.set(name, await serve(SERVICE, new Steady(name), options));
  };
  for (let at = 0; at < INSTANCES; at++) await start(`i${at}`);
  const client = connect<Steady>(SERVICE, { consul: consulOfItsOwn(callersPath), lastGood: memoryLastGood(), belief });
  await client.whoAmI();
  const calls = new SteadyCalls(client as SteadyClient, 4);
  const usedAfterMs: Record<string, number> = {};
  let born = 0;
  const newInstanceIsUsed = async (after: string): Promise<void> => {
    const name = `new${born++}`;
    await start(name);
    usedAfterMs[after] = await calls.until(name, USED_WITHIN_MS + 3_000);
  };
  const kill = async (name: string): Promise<void> => {
    const served = running.get(name)!;
    running.delete(name);
    calls.dead.add(served.address);
    // as kill -9: nobody deregisters, connections break
    await served.server.close();
  };
  try {
    for (const instance of running.keys()) await calls.until(instance, 5_000);
    for (const fault of ["delay", "cut", "black-hole", "truncate"] satisfies Fault[]) {
      for (const path of paths) path.set(fault);
      await pause(faultMs);
      for (const path of paths) path.set("pass");
      await newInstanceIsUsed(fault);
    }
    await kill("i0");
    await pause(200);
    await registry.kill();
    await pause(faultMs);
    await kill("i1");
    await pause(200);
    // back, empty, and for a while only callers can see it
    serversPath.set("cut");
    registry = await setup.start(registryPort);
    await pause(faultMs);
    serversPath.set("pass");
    const backAtMs = performance.now();
    await newInstanceIsUsed("empty");
    const probe = new Consul({ address: registry.address, environment: {} });
    await eventually(
      "everybody is registered again",
      async () => {
        const entries = await probe.health.service(SERVICE);
        return entries.length >= running.size;
      },
      REGISTERED_WITHIN_MS + 5_000,
    );
    const registeredAfterMs = performance.now() - backAtMs;
    probe.close();
    for (const instance of running.keys()) await calls.until(instance, 5_000);
    while (calls.total < callsMin) await pause(50);
    await calls.stop();
    return { calls: calls.total, failures: calls.failures, usedAfterMs, registeredAfterMs };
  } finally {
    await calls.stop();
    await client[Symbol.asyncDispose]();
    await Promise.all([...running.values()].map((served) => served.close()));
    for (const consul of consuls) consul.close();
    await registry.kill();
  }
}

export function judge({ calls, failures, usedAfterMs, registeredAfterMs }: OutageReport, callsMin: number): void {
  assert.ok(calls >= callsMin, `${calls} calls`);
  assert.deepEqual(failures.slice(0, 5), [], `${failures.length} failures in ${calls} calls`);
  for (const [after, ms] of Object.entries(usedAfterMs))
    assert.ok(ms < USED_WITHIN_MS, `after ${after}, a new instance was used only after ${ms} ms`);
  assert.ok(registeredAfterMs < REGISTERED_WITHIN_MS, `registrations were back after ${registeredAfterMs} ms`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
