import type { HeaderBlock } from "@consulrpc/http2";
import type { Balancer, BalancerFactory } from "../balance/balancer.js";
import { balancerByName } from "../balance/registry.js";
import { roundRobin } from "../balance/round-robin.js";
import { type Clock, TIMER_DELAY_MAX_MS } from "../call/clock.js";
import { Code } from "../call/code.js";
import { acceptEncoding, type Compressors } from "../call/compression.js";
import { debugLog } from "../call/debug-log.js";
import { appendFields } from "../call/metadata-fields.js";
import { RpcError } from "../call/rpc-error.js";
import { registerChannel } from "../channelz/registry.js";
import type { CallHost } from "../client/call-host.js";
import type { OutgoingCall } from "../client/outgoing-call.js";
import type { Method } from "../contract/contract.js";
import { CallResult } from "./call-result.js";
import type { ManagedMember } from "./managed-member.js";
import { Members } from "./members.js";
import { MethodEntry } from "./method-entry.js";
import { methodPolicy } from "./method-policy.js";
import type { ResolvedChannelOptions } from "./resolved-options.js";
import type { Resolution } from "./resolver.js";
import { RetryThrottle } from "./retry-throttle.js";
import { mergedServiceConfig, type ServiceConfig, sameConfig } from "./service-config.js";
import { ChannelState } from "./state.js";

/** Calls that may wait for a connection; more fail with RESOURCE_EXHAUSTED. */
export const CALLS_WAITING_MAX = 100_000;

const debug = debugLog("channel");

/**
 * Resolver, balancer and connections behind one target; what calls run on.
 * Lazy: nothing happens before the first call or `connect`.
 */
export class ChannelCore implements CallHost {
  readonly options: ResolvedChannelOptions;
  readonly state: ChannelState = new ChannelState();
  readonly members: Members;
  throttle: RetryThrottle;
  /** For channelz. */
  readonly counts: { started: number; succeeded: number; failed: number } = { started: 0, succeeded: 0, failed: 0 };
  private readonly clock: Clock;
  private balancer: Balancer;
  /** The entry of loadBalancingConfig in use; empty: the channel's option `balance`. */
  private balancerName = "";
  private learns: boolean;
  /** The time while a balancer hears of a call: all its layers ask, and each look at the clock costs what a pick does. */
  private toldAtMs: number | undefined;
  private entries = new Map<Method, MethodEntry>();
  /** Of the channel and of its resolver, merged. */
  private serviceConfig: ServiceConfig;
  private resolution: Resolution | undefined;
  private readonly closing = new AbortController();
  private started = false;
  /** When the channel last began to look for a connection. */
  private searchingSinceMs = 0;
  /** Why the target can never work. */
  private broken: unknown;
  private pending: OutgoingCall[] = [];
  private readonly unregister: () => void = registerChannel(this);
  private releaseProcess: (() => void) | undefined;

  constructor(options: ResolvedChannelOptions) {
    this.options = options;
    this.clock = options.clock;
    this.serviceConfig = options.serviceConfig ?? {};
    this.throttle = new RetryThrottle(options.serviceConfig?.retryThrottling ?? options.retryThrottling);
    this.balancer = this.makeBalancer(options.balance ?? roundRobin());
    this.learns = this.balancer.finished !== undefined;
    this.members = new Members({
      clock: options.clock,
      random: options.random,
      connect: options.connector,
      backoff: options.backoff,
      keepalive: options.keepalive,
      onChange: () => this.refresh(),
    });
  }

  get compressors(): Compressors {
    return this.options.compressors;
  }

  /** Everything known of a method, found once. */
  entry(method: Method): MethodEntry {
    return this.entries.get(method) ?? this.newEntry(method);
  }

  /** Leaves idle. */
  connect(): void {
    if (this.started) return;
    this.started = true;
    this.searchingSinceMs = this.clock.nowMs();
    this.state.set("connecting");
    this.chooseBalancer(this.serviceConfig);
    void this.resolve();
  }

  close(reason: string): void {
    if (this.closing.signal.aborted) return;
    this.closing.abort(new Error(reason));
    this.unregister();
    this.state.set("shutdown");
    for (const member of this.members.all) member.drain();
    this.balancer.close();
    this.retryPending();
  }

  destroy(reason: string): void {
    this.close(reason);
    for (const member of this.members.all) member.destroy(reason);
  }

  begin(call: OutgoingCall): void {
    this.counts.started++;
    const { credentials, secure, authority } = this.options;
    if (credentials === undefined) return this.dispatch(call);
    if (!secure && !this.options.allowPlaintextCredentials) {
      return call.conclude(
        new RpcError(
          Code.UNAUTHENTICATED,
          `${call.entry.label}: credentials are not sent over plaintext; use TLS, or allow it with allowPlaintextCredentials`,
        ),
      );
    }
    const fields: string[] = [];
    try {
      const metadata = credentials.metadata({ authority, method: call.method });
      if (!(metadata instanceof Promise)) {
        appendFields(fields, metadata);
        call.credentialFields = fields;
        return this.dispatch(call);
      }
      metadata.then(
        (settled) => {
          appendFields(fields, settled);
          call.credentialFields = fields;
          if (!call.done) this.dispatch(call);
        },
        (thrown: unknown) => call.conclude(credentialsError(call, thrown)),
      );
    } catch (thrown) {
      call.conclude(credentialsError(call, thrown));
    }
  }

  dispatch(call: OutgoingCall): void {
    const member = this.balancer.pick(call, call.options?.excluded) as ManagedMember | undefined;
    if (member === undefined) return this.wait(call);
    if (this.learns) call.startedMs = this.clock.nowMs();
    member.start(call);
  }

  released(call: OutgoingCall): void {
    call.member?.release(call);
  }

  ended(call: OutgoingCall, error: RpcError | undefined, trailers: HeaderBlock | undefined): void {
    if (error === undefined) this.counts.succeeded++;
    else this.counts.failed++;
    const { member } = call;
    if (member === undefined) return;
    member.release(call);
    if (!this.learns) return;
    this.toldAtMs = this.clock.nowMs();
    try {
      this.balancer.finished?.(member, new CallResult(this.toldAtMs - call.startedMs, error, trailers));
    } finally {
      this.toldAtMs = undefined;
    }
  }

  describeState(): string {
    const { current } = this.state;
    const failures = this.members.describeFailures();
    return failures === "" ? `${this.options.target.text} is ${current}${this.reason()}` : `${current}: ${failures}`;
  }

  /** No member can be picked: wait while there is hope, or say why there is none. */
  private wait(call: OutgoingCall): void {
    if (!this.started) this.connect();
    if (this.closing.signal.aborted) return call.conclude(new RpcError(Code.CANCELLED, `${call.entry.label}: the channel is closed`));
    if (this.broken !== undefined) return call.conclude(RpcError.from(this.broken, Code.INVALID_ARGUMENT));
    const state = this.state.current;
    if (state === "transient-failure" && !call.waitForReady) return call.conclude(this.unavailable(call));
    if (this.pending.length >= CALLS_WAITING_MAX) {
      return call.conclude(
        new RpcError(Code.RESOURCE_EXHAUSTED, `${call.entry.label}: ${CALLS_WAITING_MAX} calls wait for a connection already`),
      );
    }
    this.pending.push(call);
    // Nothing else may keep the process alive until there is a connection.
    this.releaseProcess ??= this.clock.after(TIMER_DELAY_MAX_MS, () => {});
  }

  private unavailable(call: OutgoingCall): RpcError {
    const { label } = call.entry;
    if (this.members.all.length === 0) {
      return new RpcError(Code.UNAVAILABLE, `${label}: no endpoint for ${this.options.target.text}${this.reason()}`);
    }
    const tookMs = Math.max(1, Math.round(this.clock.nowMs() - this.searchingSinceMs));
    const stale = this.resolution?.freshness === "stale" ? `; the list is stale${this.reason()}` : "";
    return new RpcError(
      Code.UNAVAILABLE,
      `${label}: no endpoint answered within ${tookMs} ms (tried ${this.members.describeFailures()})${stale}`,
    );
  }

  private reason(): string {
    return this.resolution?.reason === undefined ? "" : `: ${this.resolution.reason}`;
  }

  private async resolve(): Promise<void> {
    const { target, resolver } = this.options;
    try {
      for await (const resolution of resolver(target, this.closing.signal)) {
        if (this.closing.signal.aborted) return;
        debug(
          `${target.text}: ${resolution.endpoints.length} endpoints, ${resolution.freshness}${resolution.reason ? ` (${resolution.reason})` : ""}`,
        );
        this.resolution = resolution;
        this.applyPolicy(mergedServiceConfig(this.options.serviceConfig, resolution.serviceConfig));
        this.members.update(resolution.endpoints);
        this.refresh();
      }
    } catch (thrown) {
      if (this.closing.signal.aborted) return;
      debug(`${target.text}: ${(thrown as Error).message}`);
      this.broken = thrown;
      this.retryPending();
    }
  }

  /** Members or their states have changed. */
  private refresh(): void {
    if (this.closing.signal.aborted || this.resolution === undefined) return;
    this.balancer.update(this.members.ready, this.members.all);
    const before = this.state.current;
    const state = this.members.state();
    if (before === "ready" && state !== "ready") this.searchingSinceMs = this.clock.nowMs();
    this.state.set(state);
    this.retryPending();
  }

  private retryPending(): void {
    if (this.pending.length === 0) return;
    const { pending } = this;
    this.pending = [];
    for (const call of pending) if (!call.done) this.dispatch(call);
    if (this.pending.length > 0) return;
    this.releaseProcess?.();
    this.releaseProcess = undefined;
  }

  /**
   * Only what has changed is made anew: a list of endpoints must not wipe out what throttle and balancer have learnt.
   * A new balancer hears of the members with the endpoints that came along; told of none before, it would fail the calls that wait.
   */
  private applyPolicy(config: ServiceConfig): void {
    const before = this.serviceConfig;
    if (sameConfig(config, before)) return;
    this.serviceConfig = config;
    this.entries = new Map();
    if (!sameConfig(config.retryThrottling, before.retryThrottling)) {
      this.throttle = new RetryThrottle(config.retryThrottling ?? this.options.retryThrottling);
    }
    if (!sameConfig(config.loadBalancingConfig, before.loadBalancingConfig)) this.chooseBalancer(config);
  }

  /** The first entry of loadBalancingConfig that is known; the channel's own balancer where nothing is said. What is in use stays in use. */
  private chooseBalancer({ loadBalancingConfig = [] }: ServiceConfig): void {
    if (loadBalancingConfig.length === 0) return this.useBalancer("", this.options.balance ?? roundRobin());
    for (const entry of loadBalancingConfig) {
      for (const [name, parameters] of Object.entries(entry)) {
        const factory = this.namedBalancer(name, parameters);
        if (factory !== undefined) return this.useBalancer(`${name} ${JSON.stringify(parameters)}`, factory);
      }
    }
  }

  private useBalancer(name: string, factory: BalancerFactory): void {
    if (name === this.balancerName) return;
    debug(`${this.options.target.text}: balancer ${name === "" ? "of the channel" : name}`);
    this.balancerName = name;
    const previous = this.balancer;
    this.balancer = this.makeBalancer(factory);
    this.learns = this.balancer.finished !== undefined;
    previous.close();
  }

  private namedBalancer(name: string, parameters: unknown): BalancerFactory | undefined {
    const own = this.options.balancers[name];
    try {
      return own === undefined ? balancerByName(name, parameters) : own((parameters ?? {}) as Record<string, unknown>);
    } catch (thrown) {
      debug(`${this.options.target.text}: ${(thrown as Error).message}`);
      return undefined;
    }
  }

  private makeBalancer(factory: BalancerFactory): Balancer {
    return factory({ nowMs: () => this.toldAtMs ?? this.clock.nowMs(), random: this.options.random, defer: this.options.defer });
  }

  private newEntry(method: Method): MethodEntry {
    const { options } = this;
    const entry = new MethodEntry(method, methodPolicy(method, this.serviceConfig, options.policyDefaults), {
      scheme: options.secure ? "https" : "http",
      authority: options.authority,
      userAgent: options.userAgent,
      acceptEncoding: acceptEncoding(options.compressors),
      compressors: options.compressors,
      compression: options.compression,
    });
    this.entries.set(method, entry);
    return entry;
  }
}

function credentialsError(call: OutgoingCall, thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown;
  return new RpcError(
    Code.UNAUTHENTICATED,
    `${call.entry.label}: no credentials: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    { cause: thrown },
  );
}
