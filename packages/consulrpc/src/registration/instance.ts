import type { AgentServiceRegistration } from "@consulrpc/consul";
import { agentCheck, type Checked, type ServiceCheck } from "./service-check.js";
import type { ServiceOptions } from "./service-options.js";

/** Options with every default in its place: one instance, ready to be registered. */
export interface Instance {
  readonly name: string;
  readonly id: string;
  /** What its check connects to. */
  readonly host: string;
  /** What others connect to; "" is the address of the agent's node. */
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  readonly weight: number;
  readonly weightWarning: number;
  readonly check: ServiceCheck | false;
  readonly protocol: Checked["protocol"];
  readonly grpcService: string;
}

/** What of an instance may change while it runs. */
export type InstanceChange = Partial<Pick<Instance, "weight" | "weightWarning" | "tags" | "meta">>;

/** Consul's limits on service meta. */
const META_VALUE_LENGTH_MAX = 512;
const META_PAIRS_MAX = 64;
const WEIGHT_MAX = 65_535;

export interface InstanceDefaults {
  readonly name: string;
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly hostname: string;
  readonly protocol: Checked["protocol"];
  readonly grpcService: string;
  readonly contracts: readonly string[];
}

/** Pure. Throws TypeError and RangeError for what Consul would refuse. */
export function instanceOf(options: ServiceOptions, defaults: InstanceDefaults): Instance {
  const { name, host, address, port, hostname } = defaults;
  if (name === "") throw new TypeError("a service needs a name");
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) throw new RangeError(`port must be 1 to 65535, got ${port}`);
  const meta: Record<string, string> = {
    protocol: defaults.protocol,
    ...listMeta("contracts", defaults.contracts),
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.zone === undefined ? {} : { zone: options.zone }),
    ...options.meta,
  };
  if (Object.keys(meta).length > META_PAIRS_MAX)
    throw new RangeError(`service meta may hold ${META_PAIRS_MAX} pairs, got ${Object.keys(meta).length}`);
  return {
    name,
    id: options.id ?? `${name}-${hostname}-${port}`,
    host,
    address,
    port,
    tags: options.tags ?? [],
    meta,
    weight: checkedWeight("weight", options.weight ?? 1),
    weightWarning: checkedWeight("weightWarning", options.weightWarning ?? 1),
    check: options.check ?? {},
    protocol: defaults.protocol,
    grpcService: defaults.grpcService,
  };
}

/** The registration as Consul's agent takes it. Consul refuses a passing weight of 0, so that one is told as meta. */
export function agentRegistration(instance: Instance): AgentServiceRegistration {
  const { id, name, address, port, tags, meta, weight, weightWarning, check } = instance;
  return {
    ID: id,
    Name: name,
    ...(address === "" ? {} : { Address: address }),
    Port: port,
    Tags: tags,
    Meta: weight === 0 ? { ...meta, weight: "0" } : meta,
    Weights: { Passing: Math.max(1, weight), Warning: weightWarning },
    ...(check === false ? {} : { Checks: [agentCheck(check, instance)] }),
  };
}

function checkedWeight(name: string, weight: number): number {
  if (Number.isInteger(weight) && weight >= 0 && weight <= WEIGHT_MAX) return weight;
  throw new RangeError(`${name} must be a whole number from 0 to ${WEIGHT_MAX}, got ${weight}`);
}

/** "contracts", and "contracts-2" and so on where one value would be longer than Consul takes. */
function listMeta(key: string, names: readonly string[]): Record<string, string> {
  const values: string[] = [];
  for (const name of names) {
    const last = values.at(-1);
    if (last !== undefined && last.length + 1 + name.length <= META_VALUE_LENGTH_MAX) values[values.length - 1] = `${last},${name}`;
    else values.push(name);
  }
  return Object.fromEntries(values.map((value, at) => [at === 0 ? key : `${key}-${at + 1}`, value]));
}
