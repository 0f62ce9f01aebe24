import type { Caller, CallOptions } from "../client/caller.js";
import { ClassCallStarter } from "./class-call.js";
import { type ClassCodecName, checkedContractName, classMethods } from "./class-contract.js";
import { isCallableName } from "./class-methods.js";
import { LateCall } from "./late-call.js";

/** Names that are never methods of a contract; `isCallableName` says the same at run time. */
type Reserved =
  | `_${string}`
  | `#${string}`
  | keyof object
  | "constructor"
  | "hasOwnProperty"
  | "isPrototypeOf"
  | "propertyIsEnumerable"
  | "toLocaleString"
  | "toString"
  | "valueOf"
  | "then"
  | "with"
  | "toJSON"
  | "prototype";

/** What a call of a method gives: an async iterable where the method streams, else a promise. */
export type ClassResult<R> = [R] extends [AsyncIterable<infer Item>]
  ? AsyncIterable<Item>
  : [R] extends [Generator<infer Item, unknown, unknown>]
    ? AsyncIterable<Item>
    : [R] extends [Promise<infer Later>]
      ? [Later] extends [AsyncIterable<infer Item>]
        ? AsyncIterable<Item>
        : Promise<Later>
      : Promise<Awaited<R>>;

/** A method as its client sees it. One that returns a promise keeps its own type, generic parameters and overloads included. */
type ClientMethod<F> = F extends (...args: infer A) => infer R
  ? [ClassResult<R>] extends [R]
    ? F
    : (...args: A) => ClassResult<R>
  : never;

/** The methods of class `T`, callable from elsewhere. */
export type ClassClient<T> = {
  readonly [K in keyof T as K extends string
    ? K extends Reserved
      ? never
      : T[K] extends (...args: never) => unknown
        ? K
        : never
    : never]: ClientMethod<T[K]>;
} & {
  /** The same methods with call options: `echo.with({ timeoutMs: 500 }).echo("hi")`. */
  with(options: CallOptions): ClassClient<T>;
};

export interface ClassClientOptions {
  /** @default "msgpack" */
  readonly codec?: ClassCodecName;
  /** Options of every call. */
  readonly call?: CallOptions;
}

/** Methods a client remembers; further ones work but are made anew each time. */
const METHODS_REMEMBERED_MAX = 1_000;

/** Calls the methods of a class that is served elsewhere under `name`. The types come from the class; nothing is known of it here at run time. */
export function classClient<T>(caller: Caller, name: string, options: ClassClientOptions = {}): ClassClient<T> {
  checkedContractName(name);
  const codec = options.codec ?? "msgpack";
  let remembered = 0;
  const withOptions = (more: CallOptions): ClassClient<T> => classClient(caller, name, { ...options, call: { ...options.call, ...more } });
  // Only the first use of a method meets the proxy: the function is then a plain property in front of it.
  const missing = new Proxy(Object.prototype, {
    get(target, property, receiver): unknown {
      if (typeof property === "symbol" || !isCallableName(property))
        return property === "then" || property === "toJSON" ? undefined : Reflect.get(target, property, receiver);
      const entries = classMethods(name, property, codec);
      const method = (...args: unknown[]): LateCall => new LateCall(new ClassCallStarter(caller, entries, args, options.call));
      if (remembered++ < METHODS_REMEMBERED_MAX) Object.defineProperty(client, property, { value: method });
      return method;
    },
  });
  const client = Object.create(missing, { with: { value: withOptions } }) as ClassClient<T>;
  return client;
}
