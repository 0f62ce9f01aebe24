import { Code } from "../call/code.js";
import type { Interceptor, Next, Response } from "../call/interceptor.js";
import { RpcError } from "../call/rpc-error.js";
import type { Contract, Method } from "../contract/contract.js";
import type { Binding, Handler, ServerCall } from "./handler.js";

/** One method that can be called on a server. */
export interface Route {
  readonly method: Method;
  /** With the interceptors around it; undefined: the contract has it, the implementation does not. */
  readonly handler: Handler | undefined;
  /** False: taken offline for the time being. */
  online: boolean;
}

/** Path to method. Routes can come and go while the server runs; `generation` tells who remembers one to look again. */
export class MethodTable {
  generation = 1;
  private readonly routes = new Map<string, Route>();
  private readonly bindings = new Map<string, Binding>();
  private readonly interceptors: readonly Interceptor[];

  constructor(interceptors: readonly Interceptor[]) {
    this.interceptors = interceptors;
  }

  get contracts(): Contract[] {
    return [...this.bindings.values()].map((binding) => binding.contract);
  }

  get(path: string): Route | undefined {
    return this.routes.get(path);
  }

  has(contract: string): boolean {
    return this.bindings.has(contract);
  }

  /** Replaces a binding of the same name. */
  add(binding: Binding): void {
    this.remove(binding.contract.name);
    this.bindings.set(binding.contract.name, binding);
    for (const method of binding.contract.methods) {
      const handler = binding.handlers.get(method.name);
      this.routes.set(method.path, { method, handler: handler && intercept(handler, this.interceptors), online: true });
    }
    this.generation++;
  }

  remove(contract: string): boolean {
    const binding = this.bindings.get(contract);
    if (binding === undefined) return false;
    for (const method of binding.contract.methods) this.routes.delete(method.path);
    this.bindings.delete(contract);
    this.generation++;
    return true;
  }

  setOnline(path: string, online: boolean): void {
    const route = this.routes.get(path.startsWith("/") ? path : `/${path}`);
    if (route === undefined)
      throw new RangeError(`no method ${path} on this server (it has ${[...this.routes.keys()].join(", ") || "none"})`);
    route.online = online;
    this.generation++;
  }

  /** Why a path cannot be called, in words. */
  refusal(path: string): RpcError {
    const service = path.slice(1, path.lastIndexOf("/"));
    const route = this.routes.get(path);
    if (route !== undefined && !route.online) return new RpcError(Code.UNIMPLEMENTED, `${path} has been taken offline`);
    if (route !== undefined) return new RpcError(Code.UNIMPLEMENTED, `${path} is not implemented by this server`);
    if (this.bindings.has(service))
      return new RpcError(Code.UNIMPLEMENTED, `unknown method ${path.slice(path.lastIndexOf("/") + 1)} of service ${service}`);
    return new RpcError(Code.UNIMPLEMENTED, `unknown service ${service}`);
  }
}

/** The handler inside its interceptors; itself when there are none. */
function intercept(handler: Handler, interceptors: readonly Interceptor[]): Handler {
  if (interceptors.length === 0) return handler;
  const innermost: Next = (call) => {
    try {
      return asResponse(handler(call.request, call as ServerCall));
    } catch (thrown) {
      return failed(call.method, thrown);
    }
  };
  const chain = interceptors.reduceRight((next, interceptor) => interceptor(next), innermost);
  return (_request, call) => chain(call);
}

/** What a handler threw at once, in the shape of a response. */
function failed(method: Method, thrown: unknown): Response {
  if (method.kind === "unary" || method.kind === "client-streaming") return Promise.reject(thrown);
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(thrown) }) };
}

/** Interceptors may rely on a promise or an iterable, also when a handler answers at once. */
function asResponse(result: unknown): Response {
  if (result !== null && typeof result === "object") {
    if (Symbol.asyncIterator in result) return result as AsyncIterable<unknown>;
    if (typeof (result as PromiseLike<unknown>).then === "function") return result as Promise<unknown>;
  }
  return Promise.resolve(result);
}
