import { type Clock, systemClock } from "../clock.js";
import type { Consul } from "../consul-client.js";
import { ConsulError } from "../consul-error.js";
import type { SessionDefinition } from "../family/session.js";
import { durationMs } from "./duration.js";

export interface SessionOptions extends Omit<SessionDefinition, "TTL"> {
  /** "10s" to "24h". @default "15s" */
  readonly TTL?: string;
  /** Ends the session: it is destroyed and its locks are free at once (unless LockDelay holds them). */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** Part of the TTL after which a session that was not renewed counts as lost here: the rest is for clocks that run apart. */
const TRUST_FRACTION = 0.9;
/** Renewals in one TTL. */
const RENEWALS_PER_TTL = 3;

/**
 * A session that is renewed for as long as this object lives, and that fences itself: it counts as lost *before* Consul
 * can give its locks to somebody else, never after.
 *
 * ```text
 * held -- renewal answered 404, or none answered within 90% of the TTL since the last one was *sent* --> lost
 *   \---- close(), signal ------------------------------------------------------------------------------> closed
 * ```
 * Consul counts the TTL from when it got a renewal, which is after we sent it. Both the monotonic and the wall clock
 * are asked: the first may stand still while a machine sleeps, the second may jump; the greater lapse counts.
 */
export class SessionLifetime implements AsyncDisposable {
  readonly id: string;
  private readonly consul: Consul;
  private readonly clock: Clock;
  private readonly ttlMs: number;
  private readonly ended = new AbortController();
  private renewedAtMs: number;
  private renewedWallMs: number;
  private cancelFence: (() => void) | undefined;

  constructor(consul: Consul, id: string, ttlMs: number, sentAtMs: number, sentWallMs: number, clock: Clock) {
    this.consul = consul;
    this.id = id;
    this.ttlMs = ttlMs;
    this.renewedAtMs = sentAtMs;
    this.renewedWallMs = sentWallMs;
    this.clock = clock;
    this.setFence();
    void this.renewals();
  }

  /** True while nobody else can have got what this session holds. Ask it right before each protected step; it is exact also when timers are late. */
  get held(): boolean {
    if (!this.ended.signal.aborted && this.lapsedMs() >= this.ttlMs * TRUST_FRACTION) this.lose(`not renewed for ${this.lapsedMs()} ms`);
    return !this.ended.signal.aborted;
  }

  /** Aborts when the session is lost or closed; its reason says which. */
  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** Destroys the session; what it held is released by Consul. Never rejects: what cannot be destroyed expires. */
  async close(): Promise<void> {
    if (this.ended.signal.aborted) return;
    this.end("closed");
    await this.consul.session.destroy(this.id).catch(() => false);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private lapsedMs(): number {
    return Math.max(this.clock.nowMs() - this.renewedAtMs, this.clock.wallMs() - this.renewedWallMs);
  }

  private async renewals(): Promise<void> {
    const pauseMs = this.ttlMs / RENEWALS_PER_TTL;
    await this.clock.sleep(pauseMs, this.signal, true);
    while (this.held) {
      const renewed = await this.renew();
      await this.clock.sleep(renewed ? pauseMs : pauseMs / 6, this.signal, true);
    }
  }

  private async renew(): Promise<boolean> {
    const sentAtMs = this.clock.nowMs();
    const sentWallMs = this.clock.wallMs();
    try {
      const leftMs = Math.max(1, this.ttlMs - this.lapsedMs());
      const entry = await this.consul.session.renew(this.id, { signal: this.signal, timeoutMs: Math.min(leftMs, this.ttlMs / 3) });
      if (entry === undefined) this.lose("Consul does not know it any more");
      // an answer that came after the fence does not bring a lost session back
      else if (this.held) {
        this.renewedAtMs = sentAtMs;
        this.renewedWallMs = sentWallMs;
        this.setFence();
      }
      return true;
    } catch (error) {
      if (!(error instanceof ConsulError) && !this.signal.aborted) this.lose(String(error));
      return false;
    }
  }

  private setFence(): void {
    this.cancelFence?.();
    this.cancelFence = this.clock.after(Math.max(0, this.ttlMs * TRUST_FRACTION - this.lapsedMs()), () => void this.held, true);
  }

  private lose(why: string): void {
    this.end(`session ${this.id} is lost: ${why}`);
  }

  private end(why: string): void {
    this.cancelFence?.();
    this.ended.abort(new Error(why));
  }
}

/** Creates a session and keeps it. Rejects when Consul cannot be asked. */
export async function openSession(consul: Consul, options: SessionOptions = {}): Promise<SessionLifetime> {
  const { TTL = "15s", signal, clock = systemClock, ...definition } = options;
  const ttlMs = durationMs(TTL);
  const sentAtMs = clock.nowMs();
  const sentWallMs = clock.wallMs();
  const id = await consul.session.create({ ...definition, TTL }, signal === undefined ? {} : { signal });
  const session = new SessionLifetime(consul, id, ttlMs, sentAtMs, sentWallMs, clock);
  signal?.addEventListener("abort", () => void session.close(), { once: true });
  return session;
}
