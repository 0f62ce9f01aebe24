/**
 * Runs checks.
 *
 * An interval check:  add ──random part of the interval──▶ run ──report──▶ wait interval ──▶ run ...
 * A TTL check:        add ──▶ wait TTL ──nobody beats──▶ critical, until a beat; each beat starts the wait anew
 * An alias check:     says what it mirrors at once, when told of a change, and each minute
 *
 * Runs are spread by their random beginnings, and no more than RUNS_MAX are under way: the rest wait their turn, so that a
 * thousand checks with a one-second interval leave the loop to the API.
 */
import type { Clock } from "../clock/clock.js";
import { aliasOutcome } from "./alias-outcome.js";
import { type CheckDefinition, checkType } from "./check-definition.js";
import type { CheckEvents, CheckOutcome, CheckRunner } from "./check-runner.js";
import { critical, type Probe } from "./probe.js";
import { OUTPUT_BYTES_MAX, probeFor, timeoutMs } from "./probe-for.js";
import { StatusCounter } from "./status-counter.js";
import type { ProbeTls } from "./tls-options.js";

/** Shorter intervals are lengthened to this, as in Consul. */
export const INTERVAL_MS_MIN = 1_000;
/** Shorter DeregisterCriticalServiceAfter are lengthened to this. */
export const DEREGISTER_AFTER_MS_MIN = 60_000;
/** How often services that are critical for too long are looked for. */
export const REAP_INTERVAL_MS = 30_000;
/** Runs under way at once; more wait. */
export const RUNS_MAX = 256;
const ALIAS_REFRESH_MS = 60_000;

export interface ScheduledRunnerOptions {
  readonly clock: Clock;
  readonly events: CheckEvents;
  /** From 0 to 1; spreads the first runs. @default Math.random */
  readonly random?: () => number;
  /** @default DEREGISTER_AFTER_MS_MIN */
  readonly deregisterAfterMsMin?: number;
  /** @default REAP_INTERVAL_MS */
  readonly reapIntervalMs?: number;
  /** The certificate that probes show, for `enable_agent_tls_for_checks`. */
  readonly credentials?: ProbeTls["credentials"];
  /** How a definition becomes a probe; tests put their own here. @default probeFor */
  readonly probe?: (definition: CheckDefinition) => Promise<Probe>;
}

interface Entry {
  readonly id: string;
  readonly definition: CheckDefinition;
  readonly counter: StatusCounter;
  readonly abort: AbortController;
  last: CheckOutcome;
  /** What a TTL check's owner said last. */
  said: string;
  criticalSinceMs: number | undefined;
  cancelTimer: () => void;
}

export class ScheduledRunner implements CheckRunner {
  readonly #options: ScheduledRunnerOptions;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #queue: (() => void)[] = [];
  #runs = 0;
  #cancelReap: (() => void) | undefined;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: ScheduledRunnerOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  add(checkId: string, definition: CheckDefinition, initial: CheckOutcome = critical("")): void {
    this.remove(checkId);
    const { successBeforePassing = 0, failuresBeforeWarning = 0, failuresBeforeCritical = 0 } = definition;
    const entry: Entry = {
      id: checkId,
      definition,
      counter: new StatusCounter(successBeforePassing, failuresBeforeWarning, failuresBeforeCritical),
      abort: new AbortController(),
      last: initial,
      said: "",
      criticalSinceMs: initial.status === "critical" ? this.#clock.monotonicMs() : undefined,
      cancelTimer: () => {},
    };
    this.#entries.set(checkId, entry);
    if ((definition.deregisterCriticalServiceAfterMs ?? 0) > 0) this.#reapNowAndThen();
    const type = checkType(definition);
    if (type === "ttl") this.#waitForBeat(entry);
    else if (type === "alias") entry.cancelTimer = this.#clock.after(0, () => this.#mirror(entry));
    else if (type !== "") this.#startProbing(entry);
  }

  remove(checkId: string): void {
    const entry = this.#entries.get(checkId);
    if (entry === undefined) return;
    this.#entries.delete(checkId);
    entry.cancelTimer();
    entry.abort.abort();
  }

  beat(checkId: string, outcome: CheckOutcome): boolean {
    const entry = this.#entries.get(checkId);
    if (entry === undefined || checkType(entry.definition) !== "ttl") return false;
    entry.said = capped(outcome.output, entry.definition);
    this.#report(entry, { status: outcome.status, output: entry.said });
    this.#waitForBeat(entry);
    return true;
  }

  aliasesChanged(): void {
    for (const entry of this.#entries.values()) {
      if (checkType(entry.definition) !== "alias") continue;
      entry.cancelTimer();
      entry.cancelTimer = this.#clock.after(0, () => this.#mirror(entry));
    }
  }

  async close(): Promise<void> {
    this.#cancelReap?.();
    for (const id of [...this.#entries.keys()]) this.remove(id);
    this.#queue.length = 0;
    await Promise.allSettled(this.#underWay);
  }

  #waitForBeat(entry: Entry): void {
    entry.cancelTimer();
    entry.cancelTimer = this.#clock.after(entry.definition.ttlMs ?? 0, () => {
      const expired = "TTL expired";
      this.#report(entry, critical(entry.said === "" ? expired : `${expired} (last output before timeout follows): ${entry.said}`));
    });
  }

  #mirror(entry: Entry): void {
    const { aliasNode = "", aliasService = "" } = entry.definition;
    const checks = this.#options.events.aliased(aliasNode, aliasService)?.filter((check) => check.id !== entry.id);
    this.#report(entry, aliasOutcome(aliasNode, aliasService, checks));
    entry.cancelTimer();
    entry.cancelTimer = this.#clock.after(ALIAS_REFRESH_MS, () => this.#mirror(entry));
  }

  #startProbing(entry: Entry): void {
    const intervalMs = Math.max(INTERVAL_MS_MIN, entry.definition.intervalMs ?? 0);
    const make = this.#options.probe ?? ((definition: CheckDefinition) => probeFor(definition, this.#options.credentials));
    let probe: Probe | undefined;
    const turn = (): void => {
      this.#track(async () => {
        probe ??= await make(entry.definition);
        await this.#runOnce(entry, probe);
        if (!entry.abort.signal.aborted) entry.cancelTimer = this.#clock.after(intervalMs, () => this.#take(entry, turn));
      });
    };
    const firstMs = (this.#options.random ?? Math.random)() * intervalMs;
    entry.cancelTimer = this.#clock.after(firstMs, () => this.#take(entry, turn));
  }

  /** Runs the turn now or when another one ends. */
  #take(entry: Entry, turn: () => void): void {
    const start = (): void => {
      if (entry.abort.signal.aborted) {
        this.#next();
        return;
      }
      this.#runs++;
      turn();
    };
    if (this.#runs < RUNS_MAX) start();
    else this.#queue.push(start);
  }

  #next(): void {
    if (this.#runs < RUNS_MAX) this.#queue.shift()?.();
  }

  #track(work: () => Promise<void>): void {
    const done = work().finally(() => {
      this.#underWay.delete(done);
      this.#runs--;
      this.#next();
    });
    this.#underWay.add(done);
  }

  async #runOnce(entry: Entry, probe: Probe): Promise<void> {
    const timeout = new AbortController();
    const stop = (): void => timeout.abort();
    entry.abort.signal.addEventListener("abort", stop, { once: true });
    const cancel = this.#clock.after(timeoutMs(entry.definition), stop);
    let outcome: CheckOutcome;
    try {
      outcome = await probe(timeout.signal);
    } catch (error) {
      outcome = critical(error instanceof Error ? error.message : String(error));
    }
    cancel();
    entry.abort.signal.removeEventListener("abort", stop);
    if (entry.abort.signal.aborted) return;
    const counted = entry.counter.count(outcome);
    if (counted !== undefined) this.#report(entry, counted);
  }

  #report(entry: Entry, outcome: CheckOutcome): void {
    const { last } = entry;
    if (last.status === outcome.status && last.output === outcome.output) return;
    entry.last = outcome;
    if (outcome.status !== "critical") entry.criticalSinceMs = undefined;
    else entry.criticalSinceMs ??= this.#clock.monotonicMs();
    this.#options.events.report(entry.id, outcome);
  }

  #reapNowAndThen(): void {
    if (this.#cancelReap !== undefined) return;
    this.#cancelReap = this.#clock.after(this.#options.reapIntervalMs ?? REAP_INTERVAL_MS, () => {
      this.#cancelReap = undefined;
      const least = this.#options.deregisterAfterMsMin ?? DEREGISTER_AFTER_MS_MIN;
      const now = this.#clock.monotonicMs();
      const reaped = new Set<string>();
      let more = false;
      for (const { id, definition, criticalSinceMs } of [...this.#entries.values()]) {
        const { deregisterCriticalServiceAfterMs: afterMs = 0, serviceId } = definition;
        if (afterMs <= 0 || serviceId === "") continue;
        more = true;
        if (criticalSinceMs === undefined || now - criticalSinceMs <= Math.max(least, afterMs) || reaped.has(serviceId)) continue;
        reaped.add(serviceId);
        this.#options.events.reap(id, serviceId);
      }
      if (more) this.#reapNowAndThen();
    });
  }
}

/** What a TTL check's owner said, cut at the front's end: unlike a script's, its beginning matters most. */
function capped(output: string, definition: CheckDefinition): string {
  const bytesMax = definition.outputBytesMax || OUTPUT_BYTES_MAX;
  const bytes = Buffer.from(output);
  if (bytes.length <= bytesMax) return output;
  return `${bytes.subarray(0, bytesMax)} ... (captured ${bytesMax} of ${bytes.length} bytes)`;
}
