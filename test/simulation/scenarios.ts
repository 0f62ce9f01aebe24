import { Code } from "@consulrpc/grpc";
import { constant, logNormal } from "./distribution.js";
import { type Scenario, steady } from "./scenario.js";

/** Ten servers of eight workers at 5.7 ms a call serve about 14,000 calls a second. */
const CAPACITY = 14_000;

export const allWell: Scenario = {
  ...steady,
  name: "all well",
  story: "Ten equal servers at 80% of capacity.",
  rate: () => 0.8 * CAPACITY,
};

export const oneSlow: Scenario = {
  ...steady,
  name: "one slow",
  story: "One of ten servers answers 20 times slower, from the beginning (it waits for something else, so its workers do not run out).",
  workers: 256,
  rate: () => 0.5 * CAPACITY,
  plan: ({ servers }) => {
    (servers[3] as (typeof servers)[0]).slowdown = 20;
  },
};

export const oneFailsFast: Scenario = {
  ...steady,
  name: "one fails fast",
  story: "After 5 s one of ten servers answers half its calls with UNAVAILABLE, at once: a grey failure that looks quick.",
  rate: () => 0.5 * CAPACITY,
  plan: ({ world, servers }) => {
    world.at(5_000, () => {
      const server = servers[3] as (typeof servers)[0];
      server.failureShare = 0.5;
      server.failureCode = Code.UNAVAILABLE;
    });
  },
};

export const blackHole: Scenario = {
  ...steady,
  name: "black hole",
  story: "After 6 s one of ten servers takes calls and never answers.",
  rate: () => 0.5 * CAPACITY,
  plan: ({ world, servers }) => {
    world.at(6_000, () => {
      (servers[3] as (typeof servers)[0]).blackHole = true;
    });
  },
};

export const pauses: Scenario = {
  ...steady,
  name: "pauses",
  story: "Every server stops for 200 ms every 4 s, one after the other (garbage collection).",
  rate: () => 0.5 * CAPACITY,
  plan: ({ world, servers }) => {
    servers.forEach((server, index) => {
      for (let atMs = 1_000 + index * 400; atMs < 20_000; atMs += 4_000) world.at(atMs, () => server.pause(200));
    });
  },
};

export const unequal: Scenario = {
  ...steady,
  name: "unequal machines",
  story: "Five servers are twice as fast as the other five; nobody has set weights.",
  rate: () => 0.55 * CAPACITY,
  server: (index) => ({ serviceMs: logNormal(index < 5 ? 3.3 : 6.6, 0.5) }),
};

export const flapping: Scenario = {
  ...steady,
  name: "flapping",
  story: "One of ten servers crashes and comes back every second; the registry does not notice.",
  rate: () => 0.5 * CAPACITY,
  plan: ({ world, servers }) => {
    const server = servers[3] as (typeof servers)[0];
    for (let atMs = 2_000; atMs < 20_000; atMs += 1_000) {
      world.at(atMs, () => server.crash());
      world.at(atMs + 500, () => server.start());
    }
  },
};

export const zoneLoss: Scenario = {
  ...steady,
  name: "zone loss",
  story: "Nine servers in three zones; one zone is gone after 6 s, and the registry says so 2 s later.",
  servers: 9,
  rate: () => 0.5 * CAPACITY * 0.9,
  server: (index) => ({ zone: `z${index % 3}` }),
  plan: ({ world, servers, clients }) => {
    const left = servers.filter((server) => server.options.zone !== "z0");
    world.at(6_000, () => {
      for (const server of servers) if (!left.includes(server)) server.crash();
    });
    world.at(8_000, () => {
      for (const client of clients) client.use(left);
    });
  },
};

export const thunderingRestart: Scenario = {
  ...steady,
  name: "thundering restart",
  story: "After 6 s all ten servers restart at the same moment, are back after 1 s, and run 5 times slower for 3 s while they warm up.",
  rate: () => 0.5 * CAPACITY,
  plan: ({ world, servers }) => {
    for (const server of servers) {
      world.at(6_000, () => server.crash());
      world.at(7_000, () => {
        server.start();
        server.slowdown = 5;
      });
      world.at(10_000, () => {
        server.slowdown = 1;
      });
    }
  },
};

/** Constant service times make the capacity exact: 4 servers x 2 workers / 5 ms = 1,600 calls a second. */
export const retryStorm: Scenario = {
  name: "retry storm",
  story:
    "At 60% of capacity, ten seconds of 110%; callers give up after 300 ms, and servers work on for them. Figures are of the time from 20 s after it.",
  servers: 4,
  workers: 2,
  queueMax: 5_000,
  serviceMs: constant(5),
  clients: 4,
  rate: (atMs) => (atMs >= 5_000 && atMs < 15_000 ? 1_760 : 960),
  durationMs: 45_000,
  countedFromMs: 35_000,
};

export const scenarios: readonly Scenario[] = [
  allWell,
  oneSlow,
  oneFailsFast,
  blackHole,
  pauses,
  unequal,
  flapping,
  zoneLoss,
  thunderingRestart,
  retryStorm,
];
