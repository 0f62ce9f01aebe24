/** Addresses from 240.0.0.0/4 that stand for a service of the mesh, one for each name that proxies serve. */
import type { NodeService } from "./records.js";
import { connectName, type Tables } from "./tables.js";

const FIRST = 0xf000_0000;
/** The last one is the broadcast address. */
const COUNT_MAX = 2 ** 28 - 2;
const TAG = "consul-virtual";

/** The service with its virtual address among the tagged ones; as it is when it is not of the mesh, or no address is left. */
export function withVirtualAddress(tables: Tables, index: number, service: NodeService): NodeService {
  const name = connectName(service);
  if (name === undefined || name === "") return service;
  const address = addressOf(tables, index, name);
  if (address === undefined) return service;
  const TaggedAddresses = { [TAG]: { Address: address, Port: service.Port }, ...without(service.TaggedAddresses) };
  return { ...service, TaggedAddresses };
}

/** Gives the address back when nobody has the name any more. */
export function releaseVirtualAddress(tables: Tables, name: string): void {
  const key = `virtual/${name}`;
  if (!tables.servicesByName.has(name) && !tables.servicesByConnect.has(name)) tables.settings.delete(key);
}

function addressOf(tables: Tables, index: number, name: string): string | undefined {
  const known = tables.settings.get(`virtual/${name}`);
  if (known !== undefined) return String(known.address);
  const taken = new Set(tables.settings.values("virtual/").map((setting) => setting.offset));
  for (let offset = 1; offset <= COUNT_MAX; offset++) {
    if (taken.has(offset)) continue;
    const address = dotted(FIRST + offset);
    tables.settings.set(`virtual/${name}`, { address, offset, CreateIndex: index, ModifyIndex: index });
    return address;
  }
  return undefined;
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

function without(addresses: NodeService["TaggedAddresses"]): NonNullable<NodeService["TaggedAddresses"]> {
  const { [TAG]: _virtual, ...rest } = addresses ?? {};
  return rest;
}
