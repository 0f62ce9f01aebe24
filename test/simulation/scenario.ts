import { Client, type ClientPolicy } from "./client.js";
import { type Distribution, logNormal } from "./distribution.js";
import { Server, type ServerOptions } from "./server.js";
import { goodputBySecond, type Sample, type Summary, summarise } from "./statistics.js";
import { World } from "./world.js";

export interface Scenario {
  readonly name: string;
  /** What happens, in a sentence for the report. */
  readonly story: string;
  readonly servers: number;
  readonly workers: number;
  readonly queueMax: number;
  readonly serviceMs: Distribution;
  readonly clients: number;
  /** Calls a second of all clients together, at a time. */
  readonly rate: (atMs: number) => number;
  readonly durationMs: number;
  /** Figures count calls that start in it. */
  readonly countedFromMs: number;
  readonly countedUntilMs?: number;
  /** A call carries one of this many keys; the key `k0` carries this share of them. */
  readonly keys?: number;
  readonly server?: (index: number) => Partial<ServerOptions>;
  /** Faults: planned before the first call. */
  readonly plan?: (stage: Stage) => void;
}

export interface Stage {
  readonly world: World;
  readonly servers: Server[];
  readonly clients: Client[];
}

export interface Run extends Stage {
  readonly summary: Summary;
  readonly samples: readonly Sample[];
  readonly goodput: readonly number[];
}

export const steady = {
  servers: 10,
  workers: 8,
  queueMax: 1_000,
  serviceMs: logNormal(5, 0.5),
  clients: 5,
  durationMs: 20_000,
  countedFromMs: 5_000,
} as const;

/** Plays a scenario under a policy. The same seed gives the same figures. */
export function play(scenario: Scenario, policy: ClientPolicy, seed = 1): Run {
  const world = new World(seed);
  const servers = Array.from({ length: scenario.servers }, (_, index) => {
    const { workers, queueMax, serviceMs } = scenario;
    return new Server(world, { id: `m${index}`, workers, queueMax, serviceMs, ...scenario.server?.(index) });
  });
  const clients = Array.from({ length: scenario.clients }, () => new Client(world, policy, servers));
  const stage: Stage = { world, servers, clients };
  scenario.plan?.(stage);
  for (const client of clients) arrivals(world, client, scenario);
  world.run(scenario.durationMs);
  const samples = clients.flatMap((client) => client.samples);
  const untilMs = scenario.countedUntilMs ?? scenario.durationMs - 1_000;
  const served = servers.map((server) => server.served);
  return {
    ...stage,
    samples,
    summary: summarise(samples, scenario.countedFromMs, untilMs, served),
    goodput: goodputBySecond(samples, Math.floor(scenario.durationMs / 1_000)),
  };
}

/** An open loop: calls come when they come (Poisson), however slow the answers are. */
function arrivals(world: World, client: Client, scenario: Scenario): void {
  const next = (): void => {
    const perMs = scenario.rate(world.nowMs) / scenario.clients / 1_000;
    world.after(-Math.log(1 - world.random()) / perMs, () => {
      client.call(`k${Math.floor(world.random() * (scenario.keys ?? 10_000))}`);
      next();
    });
  };
  next();
}
