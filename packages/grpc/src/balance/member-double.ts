import { Metadata } from "../call/metadata.js";
import type { Endpoint } from "../channel/resolver.js";
import type { MethodCodec } from "../codec/codec.js";
import type { Method } from "../contract/contract.js";
import type { BalancerEnvironment, ConnectivityState, Member, PickContext } from "./balancer.js";
import { seededRandom } from "./seeded-random.js";

/** A member without a channel: tests, the simulator and benchmarks set its fields. */
export class MemberDouble implements Member {
  endpoint: Endpoint;
  state: ConnectivityState = "ready";
  inFlight = 0;
  calls = 0;
  weight: number;
  joinedAtMs = 0;

  constructor(endpoint: Partial<Endpoint> & { readonly id: string }) {
    this.endpoint = { address: `${endpoint.id}:1`, weight: 1, tags: [], metadata: {}, ...endpoint };
    this.weight = this.endpoint.weight;
  }
}

/** `count` members "m0", "m1", ... of weight 1, or of the weights given. */
export function memberDoubles(count: number, weights?: readonly number[]): MemberDouble[] {
  return Array.from({ length: count }, (_, at) => new MemberDouble({ id: `m${at}`, weight: weights?.[at] ?? 1 }));
}

const method: Method = {
  service: "double.Service",
  name: "Call",
  localName: "call",
  path: "/double.Service/Call",
  kind: "unary",
  codec: undefined as unknown as MethodCodec<unknown, unknown>,
  codecs: new Map(),
  idempotent: true,
};

/** What a balancer is told of a call, without a call. */
export function pickContextDouble(parts: Partial<PickContext> = {}): PickContext {
  return { method, metadata: undefined, request: undefined, key: undefined, ...parts };
}

/** A context whose metadata holds one header. */
export function pickContextWithHeader(name: string, value: string): PickContext {
  return pickContextDouble({ metadata: new Metadata({ [name]: value }) });
}

/** Time stands still until `atMs` is set; chance is seeded; deferred slices wait for `runDeferred`. */
export class EnvironmentDouble implements BalancerEnvironment {
  atMs = 0;
  readonly random: () => number;
  private readonly deferred: (() => void)[] = [];

  constructor(seed = 1) {
    this.random = seededRandom(seed);
  }

  readonly nowMs = (): number => this.atMs;

  readonly defer = (slice: () => void): void => {
    this.deferred.push(slice);
  };

  /** Runs slices until none is left, and says how many ran. */
  runDeferred(slicesMax = 100_000): number {
    let ran = 0;
    for (; ran < slicesMax && this.deferred.length > 0; ran++) this.deferred.shift()?.();
    return ran;
  }
}
