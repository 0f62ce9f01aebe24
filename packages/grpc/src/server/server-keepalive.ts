import { Http2ErrorCode } from "@consulrpc/http2";
import type { Clock } from "../call/clock.js";
import { Keepalive } from "../channel/keepalive.js";
import type { ServerKeepalive } from "./options.js";
import type { ServerConnection } from "./server-connection.js";

/** Pings beyond the permitted pace that a client may send before it is sent away (gRFC A8). */
const PING_STRIKES_MAX = 2;
/** Without calls a client may ping this often at most, unless it is permitted more. */
const IDLE_PING_INTERVAL_MS: number = 2 * 60 * 60 * 1_000;

export const SERVER_KEEPALIVE_DEFAULT: Required<ServerKeepalive> = {
  intervalMs: 2 * 60 * 60 * 1_000,
  timeoutMs: 20_000,
  clientIntervalMinMs: 5 * 60 * 1_000,
  permitWithoutCalls: false,
  connectionAgeMs: Number.POSITIVE_INFINITY,
  connectionAgeGraceMs: Number.POSITIVE_INFINITY,
  connectionIdleMs: Number.POSITIVE_INFINITY,
};

/** Everything on a server's connection that time decides: keepalive, the client's ping pace (A8), age (A9), idleness. */
export class ServerKeepaliveGuard {
  private readonly connection: ServerConnection;
  private readonly options: Required<ServerKeepalive>;
  private readonly clock: Clock;
  private readonly pings: Keepalive;
  private lastPingMs = Number.NEGATIVE_INFINITY;
  private strikes = 0;
  private readonly cancels: (() => void)[] = [];

  constructor(connection: ServerConnection, options: Required<ServerKeepalive>, clock: Clock, random: () => number) {
    this.connection = connection;
    this.options = options;
    this.clock = clock;
    const { sender, endpoint } = connection;
    this.pings = new Keepalive({
      sender,
      clock,
      intervalMs: options.intervalMs,
      timeoutMs: options.timeoutMs,
      active: () => true,
      onDead: (reason) => endpoint.destroy(reason),
    });
    if (options.connectionAgeMs !== Number.POSITIVE_INFINITY) {
      this.after(options.connectionAgeMs * (0.9 + 0.2 * random()), () => this.retire("max_age"));
    }
    if (options.connectionIdleMs !== Number.POSITIVE_INFINITY) this.watchIdle(connection.callsStarted);
  }

  onPong(): void {
    this.pings.onPong();
  }

  onPing(): void {
    const now = this.clock.nowMs();
    const { sender, hasSent, callsSending } = this.connection;
    const idle = sender.openStreams === 0 && !this.options.permitWithoutCalls;
    const minimum = idle ? IDLE_PING_INTERVAL_MS : this.options.clientIntervalMinMs;
    // As in grpc-go, headers or data sent since the last ping forgive it and all strikes: peers that estimate bandwidth ping while they receive.
    if (hasSent) this.strikes = 0;
    const tooSoon = now - this.lastPingMs < minimum && !hasSent && callsSending === 0;
    this.lastPingMs = now;
    this.connection.hasSent = false;
    if (tooSoon && ++this.strikes > PING_STRIKES_MAX) sender.goaway(Http2ErrorCode.ENHANCE_YOUR_CALM, "too_many_pings");
  }

  stop(): void {
    this.pings.stop();
    for (const cancel of this.cancels) cancel();
  }

  /** Sends the client elsewhere; its calls have the grace to finish. */
  private retire(reason: string): void {
    const { sender, endpoint } = this.connection;
    sender.goaway(Http2ErrorCode.NO_ERROR, reason);
    const { connectionAgeGraceMs } = this.options;
    if (connectionAgeGraceMs !== Number.POSITIVE_INFINITY)
      this.after(connectionAgeGraceMs, () => endpoint.destroy(`${reason}: the grace is over`));
  }

  private watchIdle(callsBefore: number): void {
    this.after(this.options.connectionIdleMs, () => {
      const { callsStarted, sender } = this.connection;
      if (callsStarted === callsBefore && sender.openStreams === 0) this.retire("max_idle");
      else this.watchIdle(callsStarted);
    });
  }

  private after(delayMs: number, task: () => void): void {
    this.cancels.push(this.clock.after(delayMs, task, true));
  }
}
