/** Blocking queries: an answer that waits until its index has passed the client's. */
import type { Topic } from "../state/watches.js";
import type { AgentContext } from "./context.js";
import { parseDuration } from "./go-duration.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { badRequest } from "./reply.js";

const WAIT_MS_DEFAULT = 300_000;
const WAIT_MS_MAX = 600_000;
/** A sixteenth of the wait is added at random, so that many clients do not return at once. */
const WAIT_JITTER_DIVISOR = 16;

export interface QueryOptions {
  readonly minIndex: number;
  /** Undefined: Consul's default. */
  readonly waitMs: number | undefined;
  readonly consistency: "leader" | "stale" | "consistent";
  readonly cached: boolean;
}

const DEFAULT_OPTIONS: QueryOptions = { minIndex: 0, waitMs: undefined, consistency: "leader", cached: false };

/** What a query found. `found` false keeps a waiting client waiting while nothing is found again. */
export interface QueryResult {
  readonly index: number;
  readonly found: boolean;
  /** Whether the answer says how consistent it is: Consul's catalog and health do, its KV and sessions do not. */
  readonly showsConsistency?: boolean;
  readonly reply: (headers: readonly string[]) => HttpResponse;
}

/** @throws HttpError 400 in Consul's words. */
export function parseOptions(request: HttpRequest): QueryOptions {
  const { query } = request;
  const cacheControl = request.header("cache-control");
  if (cacheControl !== undefined) checkCacheControl(cacheControl);
  if (query.isEmpty) return DEFAULT_OPTIONS;
  const maxStale = query.get("max_stale");
  const maxStaleNs = maxStale === "" ? 0 : parseDuration(maxStale);
  if (maxStaleNs === undefined) throw badRequest(`Invalid max_stale value ${JSON.stringify(maxStale)}`);
  const stale = query.has("stale") || maxStaleNs > 0;
  const consistent = query.has("consistent");
  const cached = query.has("cached");
  if (stale && consistent) throw badRequest("Cannot specify ?stale with ?consistent, conflicting semantics.");
  if (cached && consistent) throw badRequest("Cannot specify ?cached with ?consistent, conflicting semantics.");
  const wait = query.get("wait");
  const waitNs = wait === "" ? 0 : parseDuration(wait);
  if (waitNs === undefined) throw badRequest("Invalid wait time");
  const index = query.get("index");
  if (index !== "" && !isUint64(index)) throw badRequest("Invalid index");
  return {
    minIndex: Number(index),
    waitMs: waitNs <= 0 ? undefined : waitNs / 1e6,
    consistency: consistent ? "consistent" : stale ? "stale" : "leader",
    cached,
  };
}

function checkCacheControl(value: string): void {
  for (const part of value.toLowerCase().split(",")) {
    const match = /^(?:max-age|stale-if-error)=(.*)$/.exec(part.trim());
    if (match !== null && !/^[+-]?\d+$/.test(match[1]!)) throw badRequest("Invalid Cache-Control header.");
  }
}

export function isUint64(text: string): boolean {
  return /^\d+$/.test(text) && (text.length < 20 || BigInt(text) < 1n << 64n);
}

/** Runs the query now, and again whenever one of its topics is touched, until its index exceeds the client's or time is up. */
export function answerQuery(
  context: AgentContext,
  request: HttpRequest,
  options: QueryOptions,
  topics: readonly Topic[],
  run: () => QueryResult,
): HttpResponse | Promise<HttpResponse> {
  const result = run();
  const respond = (latest: QueryResult): HttpResponse => replyTo(context, request, options, latest);
  if (options.minIndex === 0 || result.index > options.minIndex) return respond(result);
  return new Promise((resolve, reject) => {
    let minIndex = options.minIndex;
    let missed = !result.found;
    let latest = result;
    const waitMs = Math.min(options.waitMs ?? WAIT_MS_DEFAULT, WAIT_MS_MAX);
    const jitterMs = (context.random() * waitMs) / WAIT_JITTER_DIVISOR;
    const finish = (): void => {
      cancelTimer();
      cancelWatch();
      forgetClose();
      context.blocked.delete(finish);
      resolve(respond(latest));
    };
    const check = (): void => {
      try {
        latest = run();
      } catch (error) {
        cancelTimer();
        forgetClose();
        context.blocked.delete(finish);
        reject(error);
        return;
      }
      if (!latest.found) {
        if (missed) minIndex = latest.index;
        missed = true;
      }
      if (latest.index > minIndex) finish();
      else cancelWatch = context.state.watches.watch(topics, check);
    };
    let cancelWatch = context.state.watches.watch(topics, check);
    // The answer at the end of the wait is the one of the last look, as Consul's is: an index read anew would belong to other data.
    const cancelTimer = context.clock.after(waitMs + jitterMs, finish);
    const forgetClose = request.onClose(() => {
      cancelTimer();
      cancelWatch();
      context.blocked.delete(finish);
      reject(new HttpError(499, "the client went away"));
    });
    context.blocked.add(finish);
  });
}

function replyTo(context: AgentContext, request: HttpRequest, options: QueryOptions, result: QueryResult): HttpResponse {
  if (result.showsConsistency !== true) return result.reply(queryHeaders(result.index, ""));
  const headers = queryHeaders(result.index, options.consistency);
  return result.reply(options.cached ? [...headers, ...context.askedBefore.headers(request)] : headers);
}

/** An index of 0 is never told: a client that sends it back would not block. */
export function queryHeaders(index: number, consistency: string): readonly string[] {
  const indexText = String(index === 0 ? 1 : index);
  if (consistency === "") return ["X-Consul-Index", indexText, ...QUERY_HEADERS];
  return ["X-Consul-Effective-Consistency", consistency, "X-Consul-Index", indexText, ...QUERY_HEADERS];
}

const QUERY_HEADERS: readonly string[] = [
  "X-Consul-Knownleader",
  "true",
  "X-Consul-Lastcontact",
  "0",
  "X-Consul-Query-Backend",
  "blocking-query",
];
