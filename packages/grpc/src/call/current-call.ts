import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerCall } from "../server/handler.js";

/**
 * Which call a piece of code runs for.
 *
 * AsyncLocalStorage makes every promise of the process dearer, so it is off
 * until somebody needs it: the first `currentCall()`, or a process that has
 * both a server and a channel (deadlines and cancellation pass from the calls
 * it answers to those it makes). Until then only the synchronous part of a
 * handler knows its call, which a variable tells.
 */
let storage: AsyncLocalStorage<ServerCall> | undefined;
let synchronous: ServerCall | undefined;
/** Handlers that run now; with exactly one, the very first `currentCall()` behind an `await` can still be answered. */
let handlersRunning = 0;
let latest: ServerCall | undefined;

/** The call whose handler runs this code; undefined outside of handlers. */
export function currentCall(): ServerCall | undefined {
  const first = storage === undefined;
  const found = enclosingCall();
  enableCallContext();
  return found ?? (first && handlersRunning === 1 ? latest : undefined);
}

/** As `currentCall`, for the client: never switches anything on. */
export function enclosingCall(): ServerCall | undefined {
  return synchronous ?? storage?.getStore();
}

export function enableCallContext(): void {
  storage ??= new AsyncLocalStorage();
}

/** Runs a handler so that `currentCall()` finds `call` in it. */
export function runInCall<R>(call: ServerCall, handler: (request: unknown, call: ServerCall) => R, request: unknown): R {
  const outer = synchronous;
  synchronous = call;
  latest = call;
  handlersRunning++;
  try {
    return storage === undefined ? handler(request, call) : storage.run(call, handler, request, call);
  } finally {
    synchronous = outer;
  }
}

/** Every handler that `runInCall` started says once that it has ended. */
export function handlerEnded(): void {
  if (--handlersRunning === 0) latest = undefined;
}

let servers = 0;
let channels = 0;

export function serverCreated(): void {
  servers++;
  if (channels > 0) enableCallContext();
}

export function channelCreated(): void {
  channels++;
  if (servers > 0) enableCallContext();
}
