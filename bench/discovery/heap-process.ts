// node --expose-gc heap-process.js ADDRESS SERVICES INSTANCES: prints the KB that one watch takes beyond its entries, and ends.
import { Consul, type ServiceEntry, type Watch, watch } from "@consulrpc/consul";
import { pause } from "./who.js";

const KNOWN_MS_MAX = 50_000;
const GC_ROUNDS = 3;

const [address = "", services = "0", instances = "0"] = process.argv.slice(2);
const names = Array.from({ length: Number(services) }, (_, at) => `s${at}`);
const consul = new Consul({ address, environment: {} });
await entries(); // code, connections and buffers are there afterwards

const dataBytes = await grownBy(entries);
const watchesBytes = await grownBy(watches);
console.log((watchesBytes - dataBytes) / names.length / 1024);
process.exit(0);

/** The bytes that stay while what `make` made is held. */
async function grownBy(make: () => Promise<readonly unknown[]>): Promise<number> {
  const before = await bytesInUse();
  const held = await make();
  const after = await bytesInUse();
  if (held.length !== names.length) throw new Error(`${held.length} of ${names.length} are held`);
  return after - before;
}

async function bytesInUse(): Promise<number> {
  for (let round = 0; round < GC_ROUNDS; round++) {
    await pause(10);
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function entries(): Promise<readonly unknown[]> {
  const all: ServiceEntry[][] = [];
  for (const name of names) all.push(await consul.health.service(name, { passing: true }));
  if (!all.every(isWhole)) throw new Error("the registry is not filled");
  return all;
}

async function watches(): Promise<readonly Watch<ServiceEntry[]>[]> {
  const all = names.map((name) => watch(consul.health.service, name, { passing: true }));
  const deadline = performance.now() + KNOWN_MS_MAX;
  while (!all.every(({ current }) => current !== undefined && isWhole(current))) {
    if (performance.now() > deadline) throw new Error(`not everything was known within ${KNOWN_MS_MAX} ms`);
    await pause(25);
  }
  return all;
}

function isWhole(entriesOfOne: readonly unknown[]): boolean {
  return entriesOfOne.length === Number(instances);
}
