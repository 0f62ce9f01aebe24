import { Code } from "../call/code.js";
import type { Call, Interceptor } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { Gauges } from "./guard.js";
import { requestKey } from "./request-key.js";

/** Different calls under way at the same time; one more is simply made. */
const KEYS_MAX = 10_000;

/**
 * Equal unary calls at the same time become one: those that come while one is
 * under way get its answer (Go's singleflight). Only for methods that are safe
 * to repeat. A caller that joins keeps its own deadline and signal; the call
 * itself runs under those of the first caller, so if that one gives up, each
 * caller that joined makes its own.
 */
export class Collapse {
  private readonly vary: readonly string[];
  private readonly running = new Map<string, Promise<unknown>>();
  private joined = 0;

  constructor(vary: readonly string[] = ["authorization"]) {
    this.vary = vary;
  }

  readonly interceptor: Interceptor = (next) => (call) => {
    const key = call.method.idempotent ? requestKey(call, this.vary) : undefined;
    if (key === undefined) return next(call);
    const running = this.running.get(key);
    if (running !== undefined) {
      this.joined++;
      return join(running, call).catch((thrown: unknown) => {
        if (thrown === firstGaveUp) return next(call);
        throw thrown;
      });
    }
    const response = next(call) as Promise<unknown>;
    if (this.running.size >= KEYS_MAX) return response;
    const shared = response.catch((thrown: unknown) => {
      throw call.signal.aborted ? firstGaveUp : thrown;
    });
    this.running.set(key, shared);
    const forget = (): void => {
      this.running.delete(key);
    };
    shared.then(forget, forget);
    return response;
  };

  gauges(): Gauges {
    return { running: this.running.size, joined: this.joined };
  }
}

/** Marks a failure that belongs to the first caller alone. */
const firstGaveUp = Symbol("the first caller gave up");

/** Waits for another's answer, but no longer than the caller would for its own. */
function join(running: Promise<unknown>, call: Call): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(RpcError.from(call.signal.reason, Code.CANCELLED));
    if (call.signal.aborted) {
      aborted();
      return;
    }
    call.signal.addEventListener("abort", aborted, { once: true });
    running.then(resolve, reject).finally(() => call.signal.removeEventListener("abort", aborted));
  });
}
