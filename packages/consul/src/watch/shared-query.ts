import { createHash } from "node:crypto";
import { ConsulError } from "../consul-error.js";
import type { Requester, RequestOptions } from "../http/requester.js";
import type { HttpAnswer } from "../http/transport.js";
import { answerMeta, type Plan } from "../read.js";
import { nextIndex } from "./index-rule.js";
import { Pace } from "./pace.js";

/** How long one blocking query blocks; shorter than what proxies in between cut off. */
export const WAIT_MS_MAX = 55_000;
/** The first ones on a new connection block shorter, each twice as long as the one before: until a connection has answered, it may be deaf. */
export const WAIT_MS_FIRST = 500;
/** Past its wait, a query has this long to answer, or its wait again where that is longer. Consul adds up to a sixteenth of the wait by itself. */
const GRACE_MS_MIN = 1_000;
const GRACE_MS_MAX = 10_000;
/** After a failure, a question that does not block has this long, twice as long after each failure, up to the client's timeout. */
const ANSWER_MS_FIRST = 1_000;

/** Where a watch stands. An error is a state, never an end. */
export interface WatchState {
  /** "starting": nothing known yet. "current": the value is Consul's. "failing": Consul cannot be asked, the value is the last known. */
  readonly status: "starting" | "current" | "failing";
  /** Why, while failing (or starting and failing). */
  readonly error: ConsulError | undefined;
  /** Failures in a row. */
  readonly failures: number;
}

export interface Subscriber {
  /** The value or the state changed; read them from the query. */
  changed(query: SharedQuery): void;
  readonly background: boolean;
}

/**
 * One read that any number of equal watches share. It knows how to ask once (`refresh`) and what came last; who decides
 * when to ask is its feed: a long poll of its own (`poll`), or a wide query that serves many.
 */
export class SharedQuery {
  readonly requester: Requester;
  readonly plan: Plan<unknown>;
  readonly options: RequestOptions;
  readonly subscribers: Set<Subscriber> = new Set();
  value: unknown;
  /** 0 until the first value; then one more with each different value. */
  version = 0;
  state: WatchState = { status: "starting", error: undefined, failures: 0 };
  /** Of the last answer; 0: the next question is asked without. */
  index = 0;
  private hash: string | undefined;
  private fingerprint = "";
  private waitMs = WAIT_MS_FIRST;
  private attempt: AbortController | undefined;
  private wake: (() => void) | undefined;
  private readonly ended = new AbortController();

  private readonly news: "body" | "index";

  /** `news`: what makes a value another one; for wide queries the index alone. */
  constructor(requester: Requester, plan: Plan<unknown>, options: RequestOptions, news: "body" | "index" = "body") {
    this.requester = requester;
    this.news = news;
    this.plan = plan;
    this.options = options;
  }

  get closed(): boolean {
    return this.ended.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** One question after the other until `close`: long polls, or one now and then where blocking is not possible or not wanted. */
  async poll(blocking = true): Promise<void> {
    const { clock } = this.requester;
    const pace = new Pace(clock);
    while (!this.closed) {
      const startedAtMs = clock.nowMs();
      const askedMs = this.waitMs;
      let pauseMs: number;
      try {
        const changed = await this.refresh(blocking);
        const early = clock.nowMs() - startedAtMs < askedMs / 2;
        pauseMs = pace.afterAnswer(changed, early);
        if (!blocking || this.plan.blocks === "none") pauseMs = Math.max(pauseMs, UNBLOCKED_INTERVAL_MS);
      } catch (error) {
        if (error === RESTART) pauseMs = clock.random() * RESTART_SPREAD_MS;
        else if (error instanceof ConsulError && error.status === 403) pauseMs = pace.afterRefusal();
        else pauseMs = pace.afterFailure(error instanceof ConsulError ? error.retryAfterMs : undefined);
      }
      if (pauseMs > 0 && !this.closed) await this.sleep(pauseMs);
    }
  }

  /** Asks once; blocking when there is something to block on. True: the value changed. Rejects, with the state set, when Consul could not be asked. */
  async refresh(block: boolean): Promise<boolean> {
    const attempt = new AbortController();
    this.attempt = attempt;
    try {
      const sent = block && this.state.status === "current" ? this.index : 0;
      const answer = await this.ask(block, attempt.signal);
      if (this.closed) return false;
      const meta = answerMeta(answer);
      const changed = this.accept(answer, meta.index);
      this.index = nextIndex(sent, meta.index);
      this.hash = meta.contentHash;
      this.waitMs = sent === 0 ? WAIT_MS_FIRST : Math.min(WAIT_MS_MAX, this.waitMs * 2);
      this.setState({ status: "current", error: undefined, failures: 0 });
      return changed;
    } catch (error) {
      this.waitMs = WAIT_MS_FIRST;
      if (attempt.signal.aborted && attempt.signal.reason === RESTART) throw RESTART;
      if (!this.closed) this.fail(error);
      throw error;
    } finally {
      this.attempt = undefined;
    }
  }

  /** Gives up the question under way and asks anew at once: the connection it waits on is not trusted any more. */
  restart(): void {
    this.attempt?.abort(RESTART);
    this.wake?.();
  }

  fail(thrown: unknown): void {
    const error =
      thrown instanceof ConsulError
        ? thrown
        : new ConsulError(0, thrown instanceof Error ? thrown.message : String(thrown), this.described(), { cause: thrown });
    const status = this.version === 0 ? "starting" : "failing";
    this.setState({ status, error, failures: this.state.failures + 1 });
  }

  close(): void {
    this.ended.abort();
    this.attempt?.abort();
    this.wake?.();
    this.tell();
  }

  private async sleep(ms: number): Promise<void> {
    const woken = new AbortController();
    this.wake = () => woken.abort();
    await this.requester.clock.sleep(ms, woken.signal, this.background);
    this.wake = undefined;
  }

  /** Nobody's process is kept alive by a background watch, once its first question was answered or failed. */
  private get background(): boolean {
    if (this.version === 0 && this.state.failures === 0) return false;
    for (const subscriber of this.subscribers) if (!subscriber.background) return false;
    return true;
  }

  private ask(block: boolean, signal: AbortSignal): Promise<HttpAnswer> {
    const { requester, plan, options } = this;
    const blockOn = block && this.state.status === "current" ? plan.blocks : "none";
    const wait = `${this.waitMs}ms`;
    const blocking =
      blockOn === "index" && this.index > 0
        ? { index: this.index, wait }
        : blockOn === "hash" && this.hash
          ? { hash: this.hash, wait }
          : undefined;
    const graceMs = Math.min(GRACE_MS_MAX, Math.max(GRACE_MS_MIN, this.waitMs));
    const hurried = block && this.state.status === "failing";
    const answerMs = hurried ? ANSWER_MS_FIRST * 2 ** Math.min(this.state.failures - 1, 8) : requester.options.timeoutMs;
    const timeoutMs = blocking === undefined ? Math.min(requester.options.timeoutMs, answerMs) : this.waitMs * (17 / 16) + graceMs;
    return requester.send({
      method: "GET",
      path: plan.path,
      parameters: { ...plan.parameters, ...blocking },
      accept: plan.accept,
      pool: block ? "watch" : "request",
      background: this.background,
      attemptsMax: 1,
      options: { ...options, signal, timeoutMs },
    });
  }

  /** True: a value that differs from the last one. The hash of the body is kept, not the body. */
  private accept(answer: HttpAnswer, index: number): boolean {
    const news = this.news === "index" ? String(index) : createHash("sha1").update(answer.body).digest("base64");
    const fingerprint = `${answer.status}:${news}`;
    if (fingerprint === this.fingerprint) return false;
    const value = this.plan.decode(answer);
    this.fingerprint = fingerprint;
    // a string or a number may be the same in another body
    if (this.version > 0 && this.news === "body" && Object.is(value, this.value)) return false;
    this.value = value;
    this.version++;
    this.tell();
    return true;
  }

  private setState(state: WatchState): void {
    const { status, error } = this.state;
    this.state = state;
    if (status !== state.status || error !== state.error) this.tell();
  }

  private tell(): void {
    for (const subscriber of this.subscribers) subscriber.changed(this);
  }

  private described(): { method: string; path: string; address: string } {
    return { method: "GET", path: `/v1/${this.plan.path}`, address: this.requester.address.text };
  }
}

/** For endpoints that do not block, and for watches past the bound that no wide query serves. */
export const UNBLOCKED_INTERVAL_MS = 1_500;
/** Polls begun anew together are spread over this. */
const RESTART_SPREAD_MS = 100;
const RESTART = new Error("begun anew");
