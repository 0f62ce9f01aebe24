import { EventEmitter } from "node:events";
import { Duplex, PassThrough, Readable, Transform, Writable } from "node:stream";

/** Names that mean something to the language on any object, so no method is reached by them. */
const RESERVED: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype", "then", "with", "toJSON"]);

/** True for names that can be called from outside: no `_private`, no `#private`, nothing that every object has. */
export function isCallableName(name: string): boolean {
  return name !== "" && !name.startsWith("_") && !name.startsWith("#") && !RESERVED.has(name);
}

/**
 * The prototypes that the language and Node bring: what a class inherits from them
 * is no part of its contract, nor is what it overrides there (an EventEmitter's
 * `emit`, a stream's `write`). Collected once, when this module is loaded.
 */
const FRAMEWORK: ReadonlySet<object> = new Set(
  [
    ...Object.getOwnPropertyNames(globalThis).map(globalPrototype),
    ...[EventEmitter, Readable, Writable, Duplex, Transform, PassThrough].map((c) => c.prototype as object),
  ].filter((prototype) => prototype !== undefined),
);

function globalPrototype(name: string): object | undefined {
  // By descriptor: reading some globals (lazy accessors) would load or warn.
  const value: unknown = Object.getOwnPropertyDescriptor(globalThis, name)?.value;
  const prototype: unknown = typeof value === "function" ? value.prototype : undefined;
  return typeof prototype === "object" && prototype !== null ? prototype : undefined;
}

/** The functions of `object` that can be called from outside, by name, as they are now. Getters are never read. */
export function callableMethods(object: object): Map<string, (...args: unknown[]) => unknown> {
  const methods = new Map<string, (...args: unknown[]) => unknown>();
  const shadowed = new Set<string>();
  let holder: object | null = object;
  for (; holder !== null && !FRAMEWORK.has(holder); holder = Object.getPrototypeOf(holder)) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (shadowed.has(name) || !isCallableName(name)) continue;
      shadowed.add(name);
      const value: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
      if (typeof value === "function" && !isClass(value)) methods.set(name, value as (...args: unknown[]) => unknown);
    }
  }
  for (; holder !== null; holder = Object.getPrototypeOf(holder)) {
    for (const name of Object.getOwnPropertyNames(holder)) methods.delete(name);
  }
  return methods;
}

/** A class kept in a field is data: it cannot be called. Classes have a prototype that cannot be written; functions and methods do not. */
function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}
