import type { Http2Sender } from "@consulrpc/http2";
import type { Clock } from "../call/clock.js";

/** gRFC A8, the client's side. */
export interface ChannelKeepalive {
  /** Ping after this long without an answer; 10 s at least. @default Infinity: never */
  readonly intervalMs?: number;
  /** Close the connection when the ping is not answered. @default 20 s */
  readonly timeoutMs?: number;
  /** Ping while there is no call, too; many servers count that as abuse. @default false */
  readonly withoutCalls?: boolean;
}

/** The floor of gRFC A8 for clients. */
export const KEEPALIVE_INTERVAL_MIN_MS = 10_000;
export const KEEPALIVE_TIMEOUT_MS = 20_000;

export interface KeepaliveTarget {
  readonly sender: Http2Sender;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Whether a ping is due at all now. */
  readonly active: () => boolean;
  readonly onDead: (reason: string) => void;
}

/** Pings a peer at intervals, and gives it up when it does not answer. */
export class Keepalive {
  private readonly target: KeepaliveTarget;
  private cancel: (() => void) | undefined;
  private waiting = false;

  constructor(target: KeepaliveTarget) {
    this.target = target;
    if (target.intervalMs !== Number.POSITIVE_INFINITY) this.schedule();
  }

  onPong(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.cancel?.();
    this.schedule();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private schedule(): void {
    this.cancel = this.target.clock.after(this.target.intervalMs, () => this.ping(), true);
  }

  private ping(): void {
    if (!this.target.active()) return this.schedule();
    this.waiting = true;
    this.target.sender.ping();
    const { timeoutMs } = this.target;
    this.cancel = this.target.clock.after(timeoutMs, () => this.target.onDead(`keepalive ping not answered within ${timeoutMs} ms`), true);
  }
}
