import type { ParameterValue } from "../http/parameters.js";
import type { ConsulRequest, Requester, RequestOptions } from "../http/requester.js";
import type { HttpAnswer } from "../http/transport.js";
import { defineRead, json, type Read, type ReadOptions, type ReadSpec } from "../read.js";

/** What the endpoint families share: how they read and how they write. */
export abstract class Family {
  protected readonly requester: Requester;

  constructor(requester: Requester) {
    this.requester = requester;
  }

  protected read<A extends readonly unknown[], O extends ReadOptions, T>(
    arity: A["length"],
    specify: (...args: A) => ReadSpec<T, O>,
  ): Read<A, O, T> {
    return defineRead(this.requester, arity, specify);
  }

  protected send(request: ConsulRequest): Promise<HttpAnswer> {
    return this.requester.send(request);
  }

  /** An idempotent PUT of `body` as JSON, whose answer is JSON or nothing. */
  protected async write<T>(
    path: string,
    body: unknown,
    options: RequestOptions | undefined,
    parameters: Readonly<Record<string, ParameterValue>> = {},
    idempotent = true,
  ): Promise<T> {
    return json(await this.send(writing("PUT", path, body, options, parameters, idempotent))) as T;
  }

  protected async erase<T>(
    path: string,
    options: RequestOptions | undefined,
    parameters: Readonly<Record<string, ParameterValue>> = {},
  ): Promise<T> {
    return json(await this.send(writing("DELETE", path, undefined, options, parameters, true))) as T;
  }

  protected async submit<T>(path: string, body: unknown, options: RequestOptions | undefined): Promise<T> {
    return json(await this.send(writing("POST", path, body, options, {}, false))) as T;
  }
}

function writing(
  method: ConsulRequest["method"],
  path: string,
  body: unknown,
  options: RequestOptions | undefined,
  parameters: Readonly<Record<string, ParameterValue>>,
  idempotent: boolean,
): ConsulRequest {
  return {
    method,
    path,
    parameters,
    idempotent,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(options === undefined ? {} : { options }),
  };
}

/** 404 as a value: what is not there is undefined. */
export function missing<T>(decode: (answer: HttpAnswer) => T = (answer) => json(answer) as T): {
  accept: readonly number[];
  decode: (answer: HttpAnswer) => T | undefined;
} {
  return { accept: [404], decode: (answer) => (answer.status === 404 ? undefined : decode(answer)) };
}

/** Lists that Consul writes as `null` when they are empty. */
export function list<T>(answer: HttpAnswer): T[] {
  return (json(answer) as T[] | null | undefined) ?? [];
}
