import { type Agent, startAgent } from "@consulrpc/agent";
import { nowMs, pause } from "./clock.js";
import { type InstanceProcess, startInstance } from "./process.js";
import { type Screen, statusLine } from "./screen.js";
import { connectShop, type OrderService, type ServiceName, type UserService } from "./shop.js";
import { startFront } from "./socket.js";
import { Traffic } from "./traffic.js";

export interface DemoOptions {
  /** 8500 where it is free; 0 is any. */
  readonly httpPort: number;
  /** How long it runs. Ctrl-C ends it earlier. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly screen: Screen;
}

const INSTANCES_PER_SERVICE = 3;
const WORKERS = 4;
/** The first instance is killed after so many seconds, the next ones at this distance; each is back after half of it. */
const KILL_EVERY_SECONDS = 10;
const STATUS_MS = 1_000;
const NAMES: readonly ServiceName[] = ["users", "products", "orders"];

/** What of the demo did not go as it should: nothing, usually. */
export interface DemoResult {
  readonly calls: number;
  readonly failed: number;
  readonly kills: number;
}

/** An agent, the shop, a client, and a fault every few seconds, until the time is over or the signal aborts. */
export async function demo({ httpPort, seconds, signal, screen }: DemoOptions): Promise<DemoResult> {
  const agent = await agentOn(httpPort);
  // The clients of this process, and of its children, find it there.
  process.env.CONSUL_HTTP_ADDR = agent.address;
  screen.line(`agent:       ${agent.url} (embedded, keeps nothing on disk)`);
  const instances = new Map<string, InstanceProcess>();
  const start = async (name: ServiceName, number: number): Promise<void> => {
    const id = `${name}-${number}`;
    instances.set(id, await startInstance(name, id, agent.address));
  };
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);
  try {
    await start("users", 1);
    await firstCall(screen);
    await Promise.all(NAMES.flatMap((name) => numbers().map(async (number) => instances.has(`${name}-${number}`) || start(name, number))));
    screen.line(`services:    ${NAMES.join(", ")}, ${INSTANCES_PER_SERVICE} instances each`);
    await using front = await startFront();
    screen.line(`look:        ${front.url}/orders/1 asks all three; CONSUL_HTTP_ADDR=${agent.address} npx consulrpc services`);
    screen.line("end:         Ctrl-C");
    return await live({ seconds, screen, signal: over, instances, restart: start });
  } finally {
    stop.abort();
    await Promise.all([...instances.values()].map((instance) => instance.stop()));
    await agent.stop();
    screen.line("stopped:     services deregistered, processes ended, ports free");
  }
}

/** `npm start` prints this one first: the proof that it all works. */
async function firstCall(screen: Screen): Promise<void> {
  await using users = connectShop<UserService>("users");
  const startedAtMs = nowMs();
  const { value, by } = await users.getUserInfo(1);
  screen.line(`first call:  getUserInfo(1) said ${value.email} after ${(nowMs() - startedAtMs).toFixed(1)} ms (${by}, found in Consul)`);
}

interface Living {
  readonly seconds: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly instances: Map<string, InstanceProcess>;
  readonly restart: (name: ServiceName, number: number) => Promise<void>;
}

async function live({ seconds, screen, signal, instances, restart }: Living): Promise<DemoResult> {
  await using orders = connectShop<OrderService>("orders");
  const stop = new AbortController();
  const traffic = new Traffic(async (turn) => (await orders.getOrder(turn)).by, WORKERS, AbortSignal.any([signal, stop.signal]));
  let kills = 0;
  const back: Promise<void>[] = [];
  for (let second = 1; second <= seconds && !signal.aborted; second++) {
    await pause(STATUS_MS, signal);
    screen.status(statusLine(traffic.take(), NAMES, instances));
    if (second % KILL_EVERY_SECONDS === Math.ceil(KILL_EVERY_SECONDS / 3)) {
      const name = NAMES[kills % NAMES.length] as ServiceName;
      const victim = instances.get(`${name}-2`);
      kills++;
      if (victim !== undefined) {
        screen.line(`kill -9:     ${victim.id} (process ${victim.pid}); it comes back in ${KILL_EVERY_SECONDS / 2} s`);
        instances.delete(victim.id);
        await victim.kill();
        back.push(comesBack(name, screen, AbortSignal.any([signal, stop.signal]), restart));
      }
    }
  }
  stop.abort();
  await traffic.ended();
  await Promise.all(back);
  screen.line(`calls:       ${traffic.callsInAll} answered, ${traffic.failedInAll} failed, ${kills} instances killed`);
  return { calls: traffic.callsInAll, failed: traffic.failedInAll, kills };
}

async function comesBack(name: ServiceName, screen: Screen, signal: AbortSignal, restart: Living["restart"]): Promise<void> {
  await pause((KILL_EVERY_SECONDS / 2) * 1_000, signal);
  if (signal.aborted) return;
  await restart(name, 2);
  screen.line(`back:        ${name}-2`);
}

function numbers(): number[] {
  return Array.from({ length: INSTANCES_PER_SERVICE }, (_, index) => index + 1);
}

/** The usual port, or any when somebody has it. */
async function agentOn(httpPort: number): Promise<Agent> {
  try {
    return await startAgent({ httpPort });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return startAgent({ httpPort: 0 });
  }
}
