import { type CheckStatus, type Clock, type Consul, ConsulError } from "@consulrpc/consul";
import type { Instance, InstanceChange } from "./instance.js";
import type { Registry } from "./registry.js";
import { checkKind, checkPeriodMs } from "./service-check.js";

/** Where a registration stands. "withheld": it was deregistered by hand, with the mark that says it should stay so. */
export type RegistrationState = "starting" | "registered" | "missing" | "withheld" | "deregistered";

export interface RegistrationEvents {
  /** A sentence for people; each kind of trouble is told once, until it is over. */
  readonly log?: (line: string) => void;
  readonly onState?: (state: RegistrationState, error: unknown) => void;
}

export interface RegistrationOptions extends RegistrationEvents {
  /** The process's own health, for TTL checks. @default always passing */
  readonly health?: () => { readonly status: CheckStatus; readonly output?: string };
}

/** Between tries while Consul cannot be asked; half of it at random. */
const RETRY_MS_MAX = 2_000;
const RETRY_MS_FIRST = 100;
const HEARTBEATS_PER_TTL = 3;

/**
 * The presence of one instance in Consul, kept true until `deregister`.
 *
 * ```text
 * starting --> registered <--> missing (lost, or Consul cannot be asked: registered again as soon as possible)
 *                  |  \------> withheld (marked by hand; looked at again once a check period)
 *                  v
 *             deregistered
 * ```
 */
export class Registration implements AsyncDisposable {
  private readonly registry: Registry;
  private readonly consul: Consul;
  readonly clock: Clock;
  private readonly options: RegistrationOptions;
  private readonly ended = new AbortController();
  private readonly finished: Promise<void>;
  private current: Instance;
  private maintenanceReason: string | undefined;
  private stateNow: RegistrationState = "starting";
  private firstTime: (() => void) | undefined;
  /** Resolves with the first success; never, when Consul never appears. */
  readonly registered: Promise<void>;
  /** Resolves with the first trouble; never, when there is none. */
  readonly troubled: Promise<void>;
  private firstTrouble: (() => void) | undefined;
  private troubleTold = false;

  constructor(consul: Consul, registry: Registry, instance: Instance, options: RegistrationOptions = {}) {
    this.consul = consul;
    this.registry = registry;
    this.clock = consul.requester.clock;
    this.current = instance;
    this.options = options;
    this.registered = new Promise((resolve) => {
      this.firstTime = resolve;
    });
    this.troubled = new Promise((resolve) => {
      this.firstTrouble = resolve;
    });
    this.finished = this.keep();
    if (instance.check !== false && checkKind(instance.check, instance.protocol) === "ttl") void this.heartbeats();
  }

  get state(): RegistrationState {
    return this.stateNow;
  }

  get instance(): Instance {
    return this.current;
  }

  /** Changes what Consul says of the instance; resolves when Consul says so, or right away when it cannot be asked (it will be told). */
  async update(change: InstanceChange): Promise<void> {
    this.current = { ...this.current, ...change, meta: { ...this.current.meta, ...change.meta } };
    await this.tellNow();
  }

  /** Takes the instance out of traffic while it goes on serving; undefined ends it. */
  async maintenance(reason: string | undefined): Promise<void> {
    this.maintenanceReason = reason;
    if (this.stateNow !== "registered") return;
    await this.registry.maintenance(this.current, reason);
  }

  /** Ends the registration. Never rejects: an instance that cannot be taken out of Consul turns critical and is removed there. */
  async deregister(): Promise<void> {
    if (this.ended.signal.aborted) return this.finished;
    const was = this.stateNow;
    this.ended.abort();
    await this.finished;
    this.enter("deregistered", undefined);
    if (was === "starting") return;
    try {
      await this.registry.deregister(this.current);
    } catch (error) {
      this.options.log?.(`could not deregister ${this.current.id}: ${text(error)}; Consul will find it gone by its check`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.deregister();
  }

  private async keep(): Promise<void> {
    const { signal } = this.ended;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.once();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.trouble(error);
        const boundMs = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(failures++, 10));
        await this.clock.sleep(boundMs * (0.5 + this.clock.random() / 2), signal, true);
      }
    }
  }

  /** Registers, then waits until there is a reason to look again; returns when the instance is (or may be) missing. */
  private async once(): Promise<void> {
    const { signal } = this.ended;
    if (this.stateNow !== "starting" && (await this.isWithheld(signal))) {
      this.enter("withheld", undefined);
      return this.clock.sleep(this.periodMs, signal, true);
    }
    await this.tell(signal);
    for (let known = true; known && !signal.aborted; ) {
      const suspected = new AbortController();
      const waiting = AbortSignal.any([signal, suspected.signal]);
      await Promise.race([this.registry.untilSuspect(this.current, waiting), this.clock.sleep(this.periodMs, waiting, true)]);
      suspected.abort();
      if (!signal.aborted) known = await this.registry.knows(this.current, signal);
    }
    if (!signal.aborted) this.enter("missing", undefined);
  }

  private async tell(signal: AbortSignal): Promise<void> {
    await this.registry.register(this.current, signal);
    if (this.maintenanceReason !== undefined) await this.registry.maintenance(this.current, this.maintenanceReason);
    this.enter("registered", undefined);
  }

  private async tellNow(): Promise<void> {
    if (this.stateNow !== "registered") return;
    try {
      await this.registry.register(this.current, this.ended.signal);
    } catch (error) {
      this.trouble(error);
    }
  }

  /** One bound for how long a loss may go unnoticed. */
  private get periodMs(): number {
    return this.current.check === false ? RETRY_MS_MAX : checkPeriodMs(this.current.check, this.current.protocol);
  }

  private async isWithheld(signal: AbortSignal): Promise<boolean> {
    return (await this.consul.kv.get(withheldKey(this.current.id), { signal })) !== undefined;
  }

  private async heartbeats(): Promise<void> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      if (this.stateNow === "registered") {
        const { status, output } = this.options.health?.() ?? { status: "passing" as const };
        // a failed heartbeat needs no words of its own: the registration's own loop meets the same trouble
        await this.registry.heartbeat(this.current, status, output ?? "").catch(() => false);
      }
      await this.clock.sleep(this.stateNow === "registered" ? this.periodMs / HEARTBEATS_PER_TTL : RETRY_MS_FIRST, signal, true);
    }
  }

  private enter(state: RegistrationState, error: unknown): void {
    if (state === "registered") {
      this.firstTime?.();
      if (this.troubleTold) this.options.log?.(`registered ${this.current.id} in Consul at ${this.consul.address}`);
      this.troubleTold = false;
    }
    if (state === this.stateNow) return;
    this.stateNow = state;
    this.options.onState?.(state, error);
  }

  private trouble(error: unknown): void {
    if (this.stateNow === "registered") this.enter("missing", error);
    else this.options.onState?.(this.stateNow, error);
    this.firstTrouble?.();
    if (this.troubleTold) return;
    this.troubleTold = true;
    const refused = error instanceof ConsulError && !error.unreachable;
    this.options.log?.(
      refused
        ? `Consul refuses to register ${this.current.id}: ${error.text} (tried again until it takes it)`
        : `serving ${this.current.name} without Consul: ${text(error)}; it will be registered when Consul appears`,
    );
  }
}

/** A key that keeps an instance out after it was deregistered by hand; deleting it lets the instance return. */
export function withheldKey(id: string): string {
  return `consulrpc/withheld/${id}`;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
