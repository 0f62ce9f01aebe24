import type { Call, Interceptor, Next, Response } from "../call/interceptor.js";
import type { ServiceConfig } from "../channel/service-config.js";
import { Breaker } from "./breaker.js";
import { Bulkhead } from "./bulkhead.js";
import { systemClock } from "./clock.js";
import { Collapse } from "./collapse.js";
import { ConcurrencyLimit } from "./concurrency-limit.js";
import { type Gauges, type Guard, passGuards, type ResilienceListener } from "./guard.js";
import { LoadShedding, type ProcessLoad } from "./load-shedding.js";
import { parseResiliencePolicies, type ResiliencePolicies, type ResiliencePolicy } from "./policy.js";
import { serviceConfigOf } from "./policy-service-config.js";
import { RateLimit } from "./rate-limit.js";
import { StaleCache } from "./stale-cache.js";
import { AdaptiveThrottle } from "./throttle.js";

export interface ResilienceOptions {
  /** Must not throw. */
  readonly onEvent?: ResilienceListener;
  /** Needed where a policy has `shedding`: a ProcessLoadMeter. */
  readonly load?: ProcessLoad;
  /** @default the monotonic clock */
  readonly nowMs?: () => number;
  /** @default Math.random */
  readonly random?: () => number;
}

interface Part {
  /** The options it was made from: it lives on while they stay the same. */
  readonly made: string;
  readonly guard?: Guard;
  readonly wrapper?: { readonly interceptor: Interceptor; gauges(): Gauges };
}

/** What holds for one method now. */
interface MethodState {
  version: number;
  parts: Map<string, Part>;
  run: Next;
}

/**
 * The parts of ResiliencePolicies at work around calls, on either side: give
 * `interceptor` to a channel or a server, and `serviceConfig()` to a channel.
 * `set` changes policies while calls run: a part whose options stay the same
 * keeps its state (an open breaker stays open), a call under way ends under
 * the policy it began with.
 */
export class Resilience {
  private policies: ResiliencePolicies;
  private version = 1;
  private readonly options: ResilienceOptions;
  private readonly nowMs: () => number;
  private readonly states = new Map<string, Map<string, Part>>();

  constructor(policies: ResiliencePolicies, options: ResilienceOptions = {}) {
    this.options = options;
    this.nowMs = options.nowMs ?? systemClock.nowMs;
    this.policies = this.checked(policies);
  }

  /** Throws, and changes nothing, when the new policies are not valid. */
  set(policies: ResiliencePolicies): void {
    this.policies = this.checked(policies);
    this.version++;
  }

  serviceConfig(): ServiceConfig {
    return serviceConfigOf(this.policies);
  }

  readonly interceptor: Interceptor = (next) => {
    const byMethod = new Map<string, MethodState>();
    let last: MethodState | undefined;
    let lastPath = "";
    return (call) => {
      // Composed once per method, so the last state is almost always the right one.
      const { path } = call.method;
      if (last === undefined || lastPath !== path || last.version !== this.version) {
        last = this.stateOf(byMethod, call, next);
        lastPath = path;
      }
      return last.run(call);
    };
  };

  /** By method path, part and name: `{"/hello.HelloService/SayHello": {"breaker.state": 0}}`. */
  gauges(): Readonly<Record<string, Gauges>> {
    const all: Record<string, Record<string, number>> = {};
    for (const [path, parts] of this.states) {
      const gauges: Record<string, number> = {};
      for (const [name, { guard, wrapper }] of parts) {
        for (const [gauge, value] of Object.entries((guard ?? wrapper)?.gauges() ?? {})) gauges[`${name}.${gauge}`] = value;
      }
      all[path] = gauges;
    }
    return all;
  }

  private checked(policies: ResiliencePolicies): ResiliencePolicies {
    const parsed = parseResiliencePolicies(policies);
    const all = [parsed.default, ...Object.values(parsed.methods ?? {})];
    if (this.options.load === undefined && all.some((policy) => policy?.shedding !== undefined)) {
      throw new TypeError("policies have shedding: give Resilience the option `load`, a ProcessLoadMeter");
    }
    return parsed;
  }

  private stateOf(byMethod: Map<string, MethodState>, call: Call, next: Next): MethodState {
    const { path } = call.method;
    const known = byMethod.get(path);
    if (known?.version === this.version) return known;
    const parts = this.makeParts(path, this.policyFor(call), this.states.get(path) ?? new Map());
    this.states.set(path, parts);
    const state: MethodState = { version: this.version, parts, run: this.compose(parts, next) };
    byMethod.set(path, state);
    return state;
  }

  private policyFor(call: Call): ResiliencePolicy {
    const { service, name } = call.method;
    const { methods = {} } = this.policies;
    return own(methods, `${service}/${name}`) ?? own(methods, service) ?? this.policies.default ?? {};
  }

  private makeParts(path: string, policy: ResiliencePolicy, before: ReadonlyMap<string, Part>): Map<string, Part> {
    const parts = new Map<string, Part>();
    for (const name of order) {
      const options = policy[name];
      if (options === undefined || options === false) continue;
      const made = JSON.stringify(options);
      const known = before.get(name);
      parts.set(name, known?.made === made ? known : { made, ...this.makePart(name, policy, path) });
    }
    return parts;
  }

  private makePart(name: (typeof order)[number], policy: ResiliencePolicy, path: string): Omit<Part, "made"> {
    const { onEvent, load, random } = this.options;
    switch (name) {
      case "staleCache":
        return { wrapper: new StaleCache(policy.staleCache ?? {}, this.nowMs, onEvent) };
      case "collapse":
        return { wrapper: new Collapse() };
      case "shedding":
        return { guard: new LoadShedding(policy.shedding ?? {}, load as ProcessLoad, random) };
      case "rateLimit":
        return { guard: new RateLimit(policy.rateLimit as NonNullable<ResiliencePolicy["rateLimit"]>) };
      case "bulkhead":
        return { guard: new Bulkhead(policy.bulkhead) };
      case "concurrency":
        return { guard: new ConcurrencyLimit(policy.concurrency) };
      case "throttle":
        return { guard: new AdaptiveThrottle(policy.throttle, random) };
      case "breaker":
        return { guard: new Breaker(policy.breaker, path, onEvent) };
    }
  }

  /** Caches outside, since what they answer is no call; then the guards in one wrapper. */
  private compose(parts: ReadonlyMap<string, Part>, next: Next): Next {
    const guards: Guard[] = [];
    const wrappers: Interceptor[] = [];
    for (const { guard, wrapper } of parts.values()) {
      if (guard !== undefined) guards.push(guard);
      if (wrapper !== undefined) wrappers.push(wrapper.interceptor);
    }
    const guardedNext: Next = guards.length === 0 ? next : (call): Response => passGuards(guards, this.nowMs, next, call);
    return wrappers.reduceRight((inner, wrapper) => wrapper(inner), guardedNext);
  }
}

/** From the outside in: what refuses cheaply and for the whole server first, what learns from outcomes last. */
const order = ["staleCache", "collapse", "shedding", "rateLimit", "bulkhead", "concurrency", "throttle", "breaker"] as const;

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
