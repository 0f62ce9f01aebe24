import type { Clock, Consul } from "@consulrpc/consul";
import {
  type Balancer,
  type BalancerFactory,
  balancerByName,
  Code,
  type Endpoint,
  type Member,
  type Method,
  type PickContext,
  type Resolution,
  RpcError,
  systemEnvironment,
  type Target,
} from "@consulrpc/grpc";
import { consulResolver } from "../discovery/consul-resolver.js";
import { type ConsulSource, consulOf } from "./shared-consul.js";

export interface DiscoverOptions {
  /** @default CONSUL_HTTP_ADDR, else 127.0.0.1:8500 */
  readonly consul?: ConsulSource;
  /** As in a target: `tag=v2&dc=dc2&near=_agent&warning=true`. */
  readonly parameters?: string | Readonly<Record<string, string>>;
  /** How long to wait for Consul's first answer. @default 5000 */
  readonly timeoutMs?: number;
}

export interface ResolveOptions extends DiscoverOptions {
  /** A balancer's name, or one of your own. @default "round-robin" */
  readonly policy?: string | BalancerFactory;
  /** For hash and sticky policies: the caller's address, say. */
  readonly key?: string;
}

/** Watches of services that were asked for; one that nobody asked for this long ends. */
const IDLE_MS = 60_000;
const TIMEOUT_MS = 5_000;
/** A watch sees within this what a direct question saw. */
const CATCH_UP_MS = 1_000;
/** Watched at once; past it, the one that was asked for longest ago ends. */
const LOOKUPS_MAX = 2_000;

/** The instances of a service that may be called. Rejects with NOT_FOUND ("service not found: ...") or UNAVAILABLE ("no healthy instances found for service ..."). */
export async function discover(name: string, options: DiscoverOptions = {}): Promise<readonly Endpoint[]> {
  return (await lookupOf(name, options).next(options.timeoutMs ?? TIMEOUT_MS)).endpoints;
}

/** One instance as "host:port", chosen by `policy`; the choice goes on where the last one with the same policy stood. */
export async function resolve(name: string, options: ResolveOptions = {}): Promise<string> {
  const lookup = lookupOf(name, options);
  await lookup.next(options.timeoutMs ?? TIMEOUT_MS);
  return lookup.pick(options.policy ?? "round-robin", options.key);
}

const lookups = new WeakMap<Consul, Map<string, Lookup>>();

function lookupOf(name: string, { consul: source, parameters = "" }: DiscoverOptions): Lookup {
  const consul = consulOf(source);
  const query = new URLSearchParams(typeof parameters === "string" ? parameters : { ...parameters });
  const ofConsul = lookups.get(consul) ?? new Map<string, Lookup>();
  lookups.set(consul, ofConsul);
  const key = `${name}?${query.toString()}`;
  let lookup = ofConsul.get(key);
  if (lookup === undefined) {
    lookup = new Lookup(consul, name, query, () => ofConsul.delete(key));
    ofConsul.set(key, lookup);
    if (ofConsul.size > LOOKUPS_MAX) ofConsul.values().next().value?.close();
  }
  return lookup;
}

/** One service as it is known now, and a balancer a policy over it. */
class Lookup {
  private readonly name: string;
  private readonly consul: Consul;
  private readonly ended = new AbortController();
  private readonly onEnd: () => void;
  private readonly balancers = new Map<string | BalancerFactory, Balancer>();
  private readonly waiting = new Set<() => void>();
  private resolution: Resolution | undefined;
  private members: readonly LookupMember[] = [];
  private cancelIdle: (() => void) | undefined;

  constructor(consul: Consul, name: string, parameters: URLSearchParams, onEnd: () => void) {
    this.name = name;
    this.consul = consul;
    this.onEnd = onEnd;
    const target: Target = { scheme: "consul", name, parameters, text: `consul://${name}?${parameters.toString()}` };
    void this.follow(consulResolver({ consul, policy: false })(target, this.ended.signal));
  }

  /** The list, once there is one. */
  async next(timeoutMs: number): Promise<Resolution> {
    this.touch();
    if (this.resolution === undefined) await this.first(timeoutMs);
    // whoever registered a moment ago in this very process expects to be found now
    if (this.resolution?.endpoints.length === 0 && (await this.appearedMeanwhile())) await this.first(CATCH_UP_MS);
    const { resolution } = this;
    if (resolution === undefined) {
      throw new RpcError(Code.UNAVAILABLE, `${this.name}: Consul did not answer within ${timeoutMs} ms`);
    }
    if (resolution.endpoints.length > 0) return resolution;
    const reason = resolution.reason ?? `no healthy instances found for service ${this.name}`;
    throw new RpcError(reason.startsWith("service not found") ? Code.NOT_FOUND : Code.UNAVAILABLE, reason);
  }

  private async appearedMeanwhile(): Promise<boolean> {
    const entries = await this.consul.health.service(this.name, { passing: true, signal: this.ended.signal }).catch(() => []);
    return entries.length > 0 && this.resolution?.endpoints.length === 0;
  }

  pick(policy: string | BalancerFactory, key: string | undefined): string {
    let balancer = this.balancers.get(policy);
    if (balancer === undefined) {
      const factory = typeof policy === "string" ? balancerByName(policy) : policy;
      balancer = factory(systemEnvironment);
      balancer.update(this.members);
      this.balancers.set(policy, balancer);
    }
    const member = balancer.pick({ ...ANY_CALL, key }, undefined);
    if (member === undefined) throw new RpcError(Code.UNAVAILABLE, `no instance of ${this.name} takes traffic: every weight is 0`);
    return member.endpoint.address;
  }

  close(): void {
    this.cancelIdle?.();
    this.ended.abort();
    for (const balancer of this.balancers.values()) balancer.close();
    this.onEnd();
  }

  private async follow(resolutions: AsyncIterable<Resolution>): Promise<void> {
    for await (const resolution of resolutions) {
      this.resolution = resolution;
      const known = new Map(this.members.map((member) => [member.endpoint.id, member]));
      this.members = resolution.endpoints.map((endpoint) => updated(known.get(endpoint.id), endpoint));
      for (const balancer of this.balancers.values()) balancer.update(this.members);
      for (const wake of this.waiting) wake();
    }
  }

  private async first(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        this.waiting.delete(done);
        resolve();
      };
      const cancel = this.clock.after(timeoutMs, done);
      this.waiting.add(done);
    });
  }

  private get clock(): Clock {
    return this.consul.requester.clock;
  }

  private touch(): void {
    this.cancelIdle?.();
    this.cancelIdle = this.clock.after(IDLE_MS, () => this.close(), true);
  }
}

interface LookupMember extends Member {
  endpoint: Endpoint;
  weight: number;
}

function updated(member: LookupMember | undefined, endpoint: Endpoint): LookupMember {
  const { weight } = endpoint;
  if (member !== undefined) return Object.assign(member, { endpoint, weight });
  return { endpoint, weight, state: "ready", inFlight: 0, calls: 0, joinedAtMs: systemEnvironment.nowMs() };
}

const NO_METHOD: Method = {
  service: "",
  name: "",
  localName: "",
  path: "",
  kind: "unary",
  codec: {} as Method["codec"],
  codecs: new Map(),
  idempotent: false,
};

/** `resolve` knows of no call: policies that look at one see an empty one. */
const ANY_CALL: PickContext = { method: NO_METHOD, metadata: undefined, request: undefined, key: undefined };
