import type { ConnectivityState, Member } from "../balance/balancer.js";
import type { Clock } from "../call/clock.js";
import { Code } from "../call/code.js";
import { debugLog } from "../call/debug-log.js";
import { RpcError } from "../call/rpc-error.js";
import type { OutgoingCall } from "../client/outgoing-call.js";
import { type BackoffOptions, backoffDelayMs } from "./backoff.js";
import { ClientConnection, type ConnectionOwner } from "./client-connection.js";
import { connectFailure } from "./connect-failure.js";
import type { Connector } from "./connector.js";
import { Keepalive } from "./keepalive.js";
import type { Endpoint } from "./resolver.js";

/** Connections to one endpoint; a further one is opened when the server's limit of streams is reached on all. */
export const CONNECTIONS_PER_ENDPOINT_MAX = 8;
/** Calls that may wait for a stream of one endpoint; more fail with RESOURCE_EXHAUSTED. */
export const CALLS_WAITING_FOR_STREAM_MAX = 65_536;

/** Connections to one endpoint are not tried more often than this. */
export const RECONNECT_INTERVAL_MIN_MS = 100;
/** An idle connection lets the process end after this long. */
const REST_MS = 20;

export interface MemberEnvironment {
  readonly clock: Clock;
  readonly random: () => number;
  readonly connect: Connector;
  readonly backoff: Required<BackoffOptions>;
  readonly keepalive: { readonly intervalMs: number; readonly timeoutMs: number; readonly withoutCalls: boolean };
  /** A member may be used now, or no longer. */
  readonly onChange: (member: ManagedMember) => void;
}

const debug = debugLog("channel");

/**
 * One endpoint of a channel with its connections:
 *
 *   idle --connect()--> connecting --first SETTINGS--> ready
 *                        ^   |                           |
 *                backoff |   | refused, failed, timeout  | GOAWAY or loss of the last connection
 *                        |   v                           v
 *                 transient-failure                  connecting
 *
 * A server that says GOAWAY loses no call: open streams finish on the old
 * connection while a new one is made.
 */
export class ManagedMember implements Member, ConnectionOwner {
  endpoint: Endpoint;
  state: ConnectivityState = "idle";
  inFlight = 0;
  calls = 0;
  readonly joinedAtMs: number;
  /** Why the last attempt to connect failed; kept until one succeeds. */
  failure: string | undefined = undefined;
  private readonly environment: MemberEnvironment;
  /** Ready for new streams. */
  private readonly connections: ClientConnection[] = [];
  /** All that live, draining ones too. */
  private readonly alive = new Set<ClientConnection>();
  private attempt: AbortController | undefined;
  private attemptedAtMs = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private cancelBackoff: (() => void) | undefined;
  private connectionUnderWay: ClientConnection | undefined;
  private waiting: OutgoingCall[] = [];
  private referenced = true;
  private resting = false;

  constructor(endpoint: Endpoint, environment: MemberEnvironment) {
    this.endpoint = endpoint;
    this.environment = environment;
    this.joinedAtMs = environment.clock.nowMs();
  }

  get weight(): number {
    return this.endpoint.weight;
  }

  /** For channelz. */
  get liveConnections(): readonly ClientConnection[] {
    return [...this.alive];
  }

  /** Starts connecting, unless that is under way or done. */
  connect(): void {
    if (this.state !== "idle") return;
    this.setState("connecting");
    this.openConnection();
  }

  /** Forgets the backoff: somebody has reason to believe that it will work now. */
  resetBackoff(): void {
    this.failures = 0;
    if (this.cancelBackoff === undefined) return;
    this.cancelBackoff();
    this.cancelBackoff = undefined;
    this.openConnection();
  }

  /** Gives the call a stream, now or later. */
  start(call: OutgoingCall): void {
    this.calls++;
    this.inFlight++;
    call.member = this;
    call.options?.onMember?.(this);
    for (const connection of this.connections) {
      if (call.sendOn(connection)) {
        if (!this.referenced) this.reference(true);
        return;
      }
    }
    this.waitForStream(call);
  }

  /** The call no longer uses this member. */
  release(call: OutgoingCall): void {
    if (--this.inFlight === 0) this.restSoon();
    if (call.stream === undefined && this.waiting.length > 0) {
      const at = this.waiting.indexOf(call);
      if (at >= 0) this.waiting.splice(at, 1);
    }
  }

  /** No new calls; those that run may finish. */
  drain(): void {
    this.stopConnecting();
    this.state = "shutdown";
    this.connections.length = 0;
    for (const connection of this.alive) connection.drain();
    this.flushWaiting();
  }

  destroy(reason: string): void {
    this.drain();
    for (const connection of this.alive) connection.endpoint.destroy(reason);
  }

  onReady(connection: ClientConnection): void {
    debug(`${this.endpoint.address}: connected`);
    this.attempt = undefined;
    this.failures = 0;
    this.failure = undefined;
    if (this.state === "shutdown") return connection.drain();
    this.connections.push(connection);
    const { keepalive, clock } = this.environment;
    connection.keepalive = new Keepalive({
      sender: connection.sender,
      clock,
      intervalMs: keepalive.intervalMs,
      timeoutMs: keepalive.timeoutMs,
      active: () => keepalive.withoutCalls || connection.sender.openStreams > 0,
      onDead: (reason) => connection.endpoint.destroy(reason),
    });
    this.reference(this.inFlight > 0);
    if (this.state !== "ready") this.setState("ready");
    this.flushWaiting();
  }

  onGoingAway(connection: ClientConnection, reason: string): void {
    debug(`${this.endpoint.address}: the server is going away (${reason})`);
    this.leave(connection);
  }

  onStreamsAvailable(): void {
    this.flushWaiting();
  }

  onClosed(connection: ClientConnection, reason: string): void {
    debug(`${this.endpoint.address}: closed (${reason})`);
    this.alive.delete(connection);
    connection.endpoint.unref();
    const wasReady = this.connections.includes(connection);
    this.leave(connection);
    if (!wasReady && this.attempt !== undefined && this.connectionUnderWay === connection) this.onConnectFailed(reason);
  }

  /** Connections keep the process alive while calls use them, and for a moment after: switching with every call would cost it two system calls. */
  private reference(on: boolean): void {
    this.referenced = on;
    for (const { endpoint } of this.alive) on ? endpoint.ref() : endpoint.unref();
  }

  private restSoon(): void {
    if (this.resting || !this.referenced) return;
    this.resting = true;
    this.environment.clock.after(REST_MS, () => {
      this.resting = false;
      if (this.inFlight === 0) this.reference(false);
      else this.restSoon();
    });
  }

  /** Takes a connection out of use; the last one is replaced at once. */
  private leave(connection: ClientConnection): void {
    const at = this.connections.indexOf(connection);
    if (at < 0) return;
    this.connections.splice(at, 1);
    if (this.connections.length > 0 || this.state !== "ready") return;
    this.setState("connecting");
    if (this.attempt === undefined) this.openConnectionAgain();
  }

  /** At once, unless the last attempt has only just begun: a server may accept and send away in a circle. */
  private openConnectionAgain(): void {
    const { clock } = this.environment;
    const waitMs = this.attemptedAtMs + RECONNECT_INTERVAL_MIN_MS - clock.nowMs();
    if (waitMs <= 0) return this.openConnection();
    this.cancelBackoff = clock.after(waitMs, () => {
      this.cancelBackoff = undefined;
      this.openConnection();
    });
  }

  private waitForStream(call: OutgoingCall): void {
    if (this.state !== "ready") {
      // Lost between the pick and now.
      call.host.released(call);
      call.member = undefined;
      call.host.dispatch(call);
      return;
    }
    if (this.waiting.length >= CALLS_WAITING_FOR_STREAM_MAX) {
      call.cancel(
        new RpcError(
          Code.RESOURCE_EXHAUSTED,
          `${call.entry.label}: ${this.waiting.length} calls wait for a stream to ${this.endpoint.address} already`,
        ),
      );
      return;
    }
    this.waiting.push(call);
    this.openOneMore();
  }

  /** Calls wait, and no connection is under way: the server's limit of streams is reached on all that there are. */
  private openOneMore(): void {
    if (this.attempt !== undefined || this.cancelBackoff !== undefined) return;
    if (this.alive.size < CONNECTIONS_PER_ENDPOINT_MAX) this.openConnection();
  }

  private flushWaiting(): void {
    if (this.waiting.length === 0) return;
    const waiting = this.waiting;
    this.waiting = [];
    let at = 0;
    for (; at < waiting.length; at++) {
      const call = waiting[at] as OutgoingCall;
      if (call.done) continue;
      if (this.state !== "ready") {
        call.host.released(call);
        call.member = undefined;
        call.host.dispatch(call);
      } else if (!this.connections.some((connection) => call.sendOn(connection))) {
        break;
      }
    }
    this.waiting = [...waiting.slice(at), ...this.waiting];
    if (this.waiting.length > 0 && this.state === "ready") this.openOneMore();
  }

  private openConnection(): void {
    const { clock, backoff, connect } = this.environment;
    const { address } = this.endpoint;
    const attempt = new AbortController();
    this.attempt = attempt;
    this.attemptedAtMs = clock.nowMs();
    const cancelTimeout = clock.after(backoff.connectTimeoutMs, () => {
      const reason = `no connection within ${backoff.connectTimeoutMs} ms`;
      attempt.abort(new Error(reason));
      this.connectionUnderWay?.endpoint.destroy(reason);
    });
    debug(`${address}: connecting`);
    connect(
      address,
      (endpoint) => {
        const connection = new ClientConnection(endpoint, address, {
          onReady: (ready) => {
            cancelTimeout();
            this.connectionUnderWay = undefined;
            this.onReady(ready);
          },
          onGoingAway: (leaving, reason) => this.onGoingAway(leaving, reason),
          onStreamsAvailable: () => this.onStreamsAvailable(),
          onClosed: (closed, reason) => {
            cancelTimeout();
            this.onClosed(closed, reason);
          },
        });
        this.connectionUnderWay = connection;
        this.alive.add(connection);
        return connection;
      },
      attempt.signal,
    ).catch((error: unknown) => {
      cancelTimeout();
      this.onConnectFailed(connectFailure(error));
    });
  }

  private onConnectFailed(reason: string): void {
    debug(`${this.endpoint.address}: ${reason}`);
    this.attempt = undefined;
    this.connectionUnderWay = undefined;
    if (this.state === "shutdown") return;
    this.failure = reason;
    this.failures++;
    const delayMs = backoffDelayMs(this.environment.backoff, this.failures, this.environment.random);
    this.cancelBackoff = this.environment.clock.after(
      delayMs,
      () => {
        this.cancelBackoff = undefined;
        this.openConnection();
      },
      true,
    );
    // Sticky until the next success, so that calls fail fast while nothing answers (gRFC A62).
    if (this.connections.length === 0 && this.state !== "transient-failure") this.setState("transient-failure");
  }

  private stopConnecting(): void {
    this.cancelBackoff?.();
    this.cancelBackoff = undefined;
    this.attempt?.abort(new Error("the channel closed"));
    this.attempt = undefined;
  }

  private setState(state: ConnectivityState): void {
    this.state = state;
    this.environment.onChange(this);
    if (state !== "ready") this.flushWaiting();
  }
}
