import type { BalancerFactory } from "../balance/balancer.js";
import { ENDPOINT_HEADER } from "../balance/directed.js";
import { numberOption, shown } from "../balance/options.js";
import { pickFirst } from "../balance/pick-first.js";
import { Code } from "../call/code.js";
import type { Call, Interceptor, Next } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { MethodConfig } from "../channel/service-config.js";
import { derivedCall } from "./derived-call.js";
import { Failback, type FailbackOptions } from "./failback.js";

/** What to do about a call that fails, by the names that Dubbo and rpcx gave it. */
export const failModes = ["failover", "failfast", "failsafe", "failback", "forking", "broadcast", "available", "mock"] as const;
export type FailModeName = (typeof failModes)[number];

/** A preset over parts that exist anyway; a channel takes from it what is there. */
export interface FailMode {
  readonly name: FailModeName;
  /** Retries are the channel's (gRFC A6): they go to other endpoints first and keep to the deadline and the budget. */
  readonly retryPolicy?: MethodConfig["retryPolicy"];
  readonly interceptor?: Interceptor;
  readonly balancer?: BalancerFactory;
}

/** Endpoints that one call may go to at the same time. */
const FORKS_MAX = 16;
const BROADCAST_MAX = 1_000;

/** Tries other endpoints: three attempts in all, on UNAVAILABLE. */
export function failover(attempts = 3): FailMode {
  const maxAttempts = numberOption("failover.attempts", attempts, 3, { min: 2, max: 5, integer: true });
  return {
    name: "failover",
    retryPolicy: { maxAttempts, initialBackoff: "0.01s", maxBackoff: "1s", backoffMultiplier: 2, retryableStatusCodes: ["UNAVAILABLE"] },
  };
}

/** Fails at once: for calls that must not be made twice. */
export function failfast(): FailMode {
  return { name: "failfast" };
}

/** Answers with `value` when a call fails, and tells nobody but `onError`: for calls whose loss does not matter. */
export function failsafe(value: unknown, onError?: (error: RpcError, call: Call) => void): FailMode {
  return {
    name: "failsafe",
    interceptor: unaryOnly((next) => (call) => {
      return asPromise(next, call).catch((thrown: unknown) => {
        onError?.(RpcError.from(thrown), call);
        return value;
      });
    }),
  };
}

/** Answers with `value` when a call fails and makes it again later, from a bounded queue: for notices that must arrive at some time. */
export function failback(options: FailbackOptions & { readonly value?: unknown }): FailMode & { readonly queue: Failback } {
  const queue = new Failback(options);
  return {
    name: "failback",
    queue,
    interceptor: unaryOnly((next) => (call) => {
      return asPromise(next, call).catch((thrown: unknown) => {
        if (!queue.add(() => asPromise(next, derivedCall(call)))) throw RpcError.from(thrown);
        return options.value;
      });
    }),
  };
}

/** Where the calls of a fan-out may go: `endpoints` of a directed() balancer. */
export interface FanOut {
  readonly endpoints: () => readonly string[];
}

/** Calls several endpoints at once and takes the first answer; fails when all fail. Costs `forks` times the work. */
export function forking(fanOut: FanOut, forks = 2): FailMode {
  const forkCount = numberOption("forking.forks", forks, 2, { min: 2, max: FORKS_MAX, integer: true });
  let turn = 0;
  return {
    name: "forking",
    interceptor: unaryOnly((next) => (call) => {
      const ids = fanOut.endpoints();
      const chosen = Array.from({ length: Math.min(forkCount, ids.length) }, (_, at) => ids[(turn + at) % ids.length] as string);
      turn = ids.length === 0 ? 0 : (turn + chosen.length) % ids.length;
      return firstAnswer(next, call, chosen);
    }),
  };
}

async function firstAnswer(next: Next, call: Call, ids: readonly string[]): Promise<unknown> {
  if (ids.length === 0) return asPromise(next, call);
  const losers = new AbortController();
  const attempts = ids.map((id) => asPromise(next, derivedCall(call, { headers: { [ENDPOINT_HEADER]: id }, signal: losers.signal })));
  try {
    return await Promise.any(attempts);
  } catch (thrown) {
    const first = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
    const error = RpcError.from(first);
    throw new RpcError(error.code, `all ${ids.length} forks failed, the first: ${error.rawMessage}`, { cause: thrown });
  } finally {
    losers.abort();
  }
}

/** Calls every endpoint; any failure fails it all, and the answers, in order of endpoints, become one by `merge`. */
export function broadcast(fanOut: FanOut, merge: (answers: readonly unknown[]) => unknown = (answers) => answers.at(-1)): FailMode {
  return {
    name: "broadcast",
    interceptor: unaryOnly((next) => async (call) => {
      const ids = fanOut.endpoints();
      if (ids.length === 0) throw new RpcError(Code.UNAVAILABLE, `broadcast of ${call.method.path}: there is no endpoint`);
      if (ids.length > BROADCAST_MAX) {
        throw new RpcError(Code.RESOURCE_EXHAUSTED, `broadcast of ${call.method.path}: ${ids.length} endpoints, at most ${BROADCAST_MAX}`);
      }
      const results = await Promise.allSettled(ids.map((id) => asPromise(next, derivedCall(call, { headers: { [ENDPOINT_HEADER]: id } }))));
      const failed = results.findIndex((result) => result.status === "rejected");
      if (failed >= 0) {
        const reasons = results.filter((result) => result.status === "rejected");
        const error = RpcError.from(reasons[0]?.reason);
        const message = `broadcast of ${call.method.path}: ${reasons.length} of ${ids.length} endpoints failed, ${ids[failed]}: ${error.rawMessage}`;
        throw new RpcError(error.code, message, { cause: error });
      }
      return merge(results.map((result) => (result as PromiseFulfilledResult<unknown>).value));
    }),
  };
}

/** The first endpoint that is available, without balancing. */
export function available(): FailMode {
  return { name: "available", balancer: pickFirst() };
}

/** Makes no call at all: `answer` makes the answers. For tests, and for a dependency that is switched off. */
export function mock(answer: (request: unknown, call: Call) => unknown): FailMode {
  if (typeof answer !== "function") throw new TypeError(`mock.answer must be a function, got ${shown(answer)}`);
  return { name: "mock", interceptor: unaryOnly(() => async (call) => answer(call.request, call)) };
}

/** Streams cannot be made again from the middle: they pass as they are. */
function unaryOnly(interceptor: Interceptor): Interceptor {
  return (next) => {
    const changed = interceptor(next);
    return (call) => (call.method.kind === "unary" ? changed(call) : next(call));
  };
}

async function asPromise(next: Next, call: Call): Promise<unknown> {
  return (await next(call)) as unknown;
}
