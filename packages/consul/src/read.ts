import type { ParameterValue } from "./http/parameters.js";
import type { Requester, RequestOptions } from "./http/requester.js";
import type { HttpAnswer } from "./http/transport.js";

/** How fresh an answer must be, and what is left out of it; Consul's "Consistency modes" and "Filtering". */
export interface ReadOptions extends RequestOptions {
  /** Any server may answer, also without a leader. */
  readonly stale?: boolean;
  /** The leader asks its followers first. */
  readonly consistent?: boolean;
  /** From the agent's cache, where the endpoint has one. */
  readonly cached?: boolean;
  /** With `stale`: ask the leader after all when the answer is older, e.g. "10s". */
  readonly maxStale?: string;
  /** Block until the index is greater. Watches do this by themselves. */
  readonly index?: number;
  /** For endpoints that block on a hash. */
  readonly hash?: string;
  /** How long to block: "30s", "5m". */
  readonly wait?: string;
  /** Consul's filter language: `Service.Meta.zone == "a"`. */
  readonly filter?: string;
}

/** What Consul says beside the body. */
export interface AnswerMeta {
  /** 0 where the endpoint has none. */
  readonly index: number;
  readonly contentHash: string | undefined;
  readonly lastContactMs: number;
  readonly knownLeader: boolean;
  readonly effectiveConsistency: string | undefined;
  readonly cacheHit: boolean;
  /** Seconds, of a cached answer. */
  readonly cacheAgeSeconds: number;
}

export interface Answer<T> {
  readonly value: T;
  readonly meta: AnswerMeta;
}

/**
 * What one watched read shares its index with. Past the bound on long polls, a watch of a class that has a wide query
 * is fed by it: "catalog" (services, nodes and checks), "kv".
 */
export type WideClass = "catalog" | "kv";

/** One read of Consul, described so that a watch can repeat it. */
export interface Plan<T> {
  readonly path: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly decode: (answer: HttpAnswer) => T;
  /** Statuses besides 200 that `decode` understands. */
  readonly accept: readonly number[];
  /** What a blocking query waits for; "none": the endpoint does not block, a watch asks it from time to time. */
  readonly blocks: "index" | "hash" | "none";
  readonly wide: WideClass | undefined;
  /** A filter that nothing matches: the answer is empty and small, but its index tells whether anything changed. */
  readonly nothingFilter: string | undefined;
}

/** A readable endpoint: call it, or hand it to `watch`. */
export interface Read<A extends readonly unknown[], O extends ReadOptions, T> {
  (...args: [...A, options?: O | undefined]): Promise<T>;
  /** The value together with its index and the other headers. */
  readonly answer: (...args: [...A, options?: O | undefined]) => Promise<Answer<T>>;
  readonly plan: (...args: [...A, options?: O | undefined]) => Plan<T>;
  /** How many arguments come before the options. */
  readonly arity: number;
  readonly requester: Requester;
}

export interface ReadSpec<T, O> {
  readonly path: string;
  readonly decode?: (answer: HttpAnswer) => T;
  readonly accept?: readonly number[];
  readonly parameters?: (options: O) => Readonly<Record<string, ParameterValue>>;
  readonly blocks?: "index" | "hash" | "none";
  readonly wide?: WideClass;
  readonly nothingFilter?: string;
}

export function defineRead<A extends readonly unknown[], O extends ReadOptions, T>(
  requester: Requester,
  arity: A["length"],
  specify: (...args: A) => ReadSpec<T, O>,
): Read<A, O, T> {
  const optionsOf = (args: readonly unknown[]): O => (args[arity] ?? {}) as O;
  const plan = (...args: [...A, options?: O | undefined]): Plan<T> => {
    const spec = specify(...(args.slice(0, arity) as unknown as A));
    const options = optionsOf(args);
    return {
      path: spec.path,
      parameters: { ...freshness(options), ...spec.parameters?.(options) },
      decode: spec.decode ?? ((answer) => json(answer) as T),
      accept: spec.accept ?? [],
      blocks: spec.blocks ?? "index",
      wide: spec.wide,
      nothingFilter: spec.nothingFilter,
    };
  };
  const answer = async (...args: [...A, options?: O | undefined]): Promise<Answer<T>> => {
    const options = optionsOf(args);
    const { path, parameters, decode, accept } = plan(...args);
    const { index, hash, wait } = options;
    const got = await requester.send({ method: "GET", path, parameters: { ...parameters, index, hash, wait }, accept, options });
    return { value: decode(got), meta: answerMeta(got) };
  };
  const call = async (...args: [...A, options?: O | undefined]): Promise<T> => (await answer(...args)).value;
  return Object.assign(call, { answer, plan, arity, requester });
}

function freshness(options: ReadOptions): Record<string, ParameterValue> {
  const { stale, consistent, cached, maxStale, filter } = options;
  return { stale, consistent, cached, max_stale: maxStale, filter };
}

/** The body as JSON; an empty body is undefined. */
export function json(answer: HttpAnswer): unknown {
  return answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString("utf8"));
}

export function answerMeta(answer: HttpAnswer): AnswerMeta {
  const header = (name: string): string | undefined => {
    const value = answer.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const number = (name: string): number => {
    const value = Number(header(name) ?? 0);
    return Number.isFinite(value) ? value : 0;
  };
  return {
    index: number("x-consul-index"),
    contentHash: header("x-consul-contenthash"),
    lastContactMs: number("x-consul-lastcontact"),
    knownLeader: header("x-consul-knownleader") === "true",
    effectiveConsistency: header("x-consul-effective-consistency"),
    cacheHit: header("x-cache") === "HIT",
    cacheAgeSeconds: number("age"),
  };
}
