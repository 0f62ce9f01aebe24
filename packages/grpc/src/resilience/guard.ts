import type { Call, Interceptor, Next, Response } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";

/** Numbers that show the state of a part, by name. */
export type Gauges = Readonly<Record<string, number>>;

/** Something a part did that an operator may want to know. */
export interface ResilienceEvent {
  /** "breaker", "outlier-ejection", "rate-limit", ... */
  readonly part: string;
  /** "opened", "ejected", "refused", ... */
  readonly kind: string;
  /** The method's path or the endpoint's id, where there is one. */
  readonly subject: string | undefined;
  readonly detail?: string;
}

/** Called synchronously; must not throw. */
export type ResilienceListener = (event: ResilienceEvent) => void;

/**
 * Decides about calls before they are made and learns how they ended. Several
 * guards share one wrapper around a call (`guarded`), so that a chain of them
 * costs one promise. For one call: `enter`, then either `leave` (it was made),
 * or `abandon` (a later guard refused it).
 */
export interface Guard {
  /** Undefined: the call may go on. An error: it is refused with it, and neither `leave` nor `abandon` follows. */
  enter(call: Call, nowMs: number): RpcError | undefined;
  leave(call: Call, nowMs: number, latencyMs: number, error: RpcError | undefined): void;
  abandon(call: Call): void;
  gauges(): Gauges;
}

/** Guards around a call, asked in order. For streams the call ends when its last message has come. */
export function guarded(guards: readonly Guard[], nowMs: () => number): Interceptor {
  return (next) => (call) => passGuards(guards, nowMs, next, call);
}

export function passGuards(guards: readonly Guard[], clock: () => number, next: Next, call: Call): Response {
  const startedMs = clock();
  for (let at = 0; at < guards.length; at++) {
    const refusal = (guards[at] as Guard).enter(call, startedMs);
    if (refusal === undefined) continue;
    for (let entered = 0; entered < at; entered++) (guards[entered] as Guard).abandon(call);
    return refused(call, refusal);
  }
  const ended = (error: RpcError | undefined): void => {
    const nowMs = clock();
    for (let at = guards.length - 1; at >= 0; at--) (guards[at] as Guard).leave(call, nowMs, nowMs - startedMs, error);
  };
  return observed(next, call, ended);
}

/** A refusal in the shape that the method's callers expect. */
export function refused(call: Call, error: RpcError): Response {
  const streams = call.method.kind === "server-streaming" || call.method.kind === "bidi";
  return streams ? failingStream(error) : Promise.reject(error);
}

// biome-ignore lint/correctness/useYield: a stream whose first read throws
async function* failingStream(error: RpcError): AsyncGenerator<unknown> {
  throw error;
}

/** Makes the call and tells `ended` once how it ended. */
export function observed(next: Next, call: Call, ended: (error: RpcError | undefined) => void): Response {
  let response: Response;
  try {
    response = next(call);
  } catch (thrown) {
    ended(RpcError.from(thrown));
    throw thrown;
  }
  if (!(response instanceof Promise)) return observedStream(response as AsyncIterable<unknown>, ended);
  return response.then(
    (value) => {
      ended(undefined);
      return value;
    },
    (thrown: unknown) => {
      ended(RpcError.from(thrown));
      throw thrown;
    },
  );
}

async function* observedStream(stream: AsyncIterable<unknown>, ended: (error: RpcError | undefined) => void): AsyncGenerator<unknown> {
  let error: RpcError | undefined;
  try {
    yield* stream;
  } catch (thrown) {
    error = RpcError.from(thrown);
    throw thrown;
  } finally {
    ended(error);
  }
}
