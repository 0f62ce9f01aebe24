import assert from "node:assert/strict";
import { test } from "node:test";
import { Consul, type ServiceEntry, type TxnOp, type Watch, watch } from "@consulrpc/consul";
import { eventually, registries } from "./registries.js";

const SERVICES = 1_000;
const INSTANCES = 10;
/** Each of these many services changes, some time apart. */
const CHANGES = 20;
const SEEN_WITHIN_MS = 2_000;

for (const setup of registries) {
  test(`one process watches ${SERVICES} services with default limits: no refusal, every change seen (${setup.name})`, {
    skip: setup.skip,
    timeout: 110_000,
  }, async (context) => {
    await using registry = await setup.start();
    await using writer = new Consul({ address: registry.address, environment: {} });
    await fill(writer);
    await using consul = new Consul({ address: registry.address, environment: {} });
    const refused: string[] = [];
    const startedAtMs = performance.now();
    const watches = Array.from({ length: SERVICES }, (_, at) =>
      watch(consul.health.service, `s${at}`, {
        passing: true,
        onState: ({ error }) => error !== undefined && refused.push(error.message),
      }),
    );
    await eventually("everything is known", () => watches.every((one) => one.current?.length === INSTANCES), 60_000);
    const knownAfterMs = performance.now() - startedAtMs;
    let slowestMs = 0;
    for (let change = 0; change < CHANGES; change++) {
      const at = (change * 53 + 7) % SERVICES;
      slowestMs = Math.max(slowestMs, await seenAfterMs(writer, at, watches[at]!));
    }
    context.diagnostic(JSON.stringify({ knownAfterMs, slowestMs }));
    assert.deepEqual(refused, []);
    assert.ok(slowestMs < SEEN_WITHIN_MS, `a change was seen after ${slowestMs} ms`);
  });
}

/** Ten nodes, on each of which every service has an instance. */
async function fill(consul: Consul): Promise<void> {
  for (let node = 0; node < INSTANCES; node++) {
    await consul.catalog.register({ Node: `n${node}`, Address: `10.0.0.${node}` });
    for (let from = 0; from < SERVICES; from += SERVICES_PER_TXN) {
      const some = Array.from({ length: SERVICES_PER_TXN }, (_, at) => from + at);
      const { committed } = await consul.txn.run(some.flatMap((at) => instanceOps(at, node)));
      assert.ok(committed);
    }
  }
}

/** Consul takes 128 operations at once. */
const SERVICES_PER_TXN = 50;

function instanceOps(at: number, node: number): TxnOp[] {
  return [
    { Service: { Verb: "set", Node: `n${node}`, Service: { ID: `s${at}`, Service: `s${at}`, Port: 1_000 + at } } },
    { Check: { Verb: "set", Check: { Node: `n${node}`, CheckID: `c${at}`, Name: "check", Status: "passing", ServiceID: `s${at}` } } },
  ];
}

async function registerInstance(consul: Consul, at: number, node: number, status: "passing" | "critical"): Promise<void> {
  await consul.catalog.register({
    Node: `n${node}`,
    Address: `10.0.0.${node}`,
    Service: { ID: `s${at}`, Service: `s${at}`, Port: 1_000 + at },
    Check: { CheckID: `c${at}`, Name: "check", Status: status, ServiceID: `s${at}` },
  });
}

async function seenAfterMs(writer: Consul, at: number, seen: Watch<ServiceEntry[]>): Promise<number> {
  const startedAtMs = performance.now();
  await registerInstance(writer, at, 3, "critical");
  await eventually(`s${at} lost an instance`, () => seen.current?.length === INSTANCES - 1);
  return performance.now() - startedAtMs;
}
