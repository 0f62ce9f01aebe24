import type { Call } from "../call/interceptor.js";
import { Metadata } from "../call/metadata.js";
import type { Method } from "../contract/contract.js";

/** Another attempt at a call: the same in everything but its own copy of the metadata, and a signal of its own where one is given. */
export class DerivedCall implements Call {
  readonly metadata: Metadata;
  private readonly original: Call;
  private readonly ownSignal: AbortSignal | undefined;

  constructor(original: Call, changes: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {}) {
    this.original = original;
    this.ownSignal = changes.signal === undefined ? undefined : AbortSignal.any([original.signal, changes.signal]);
    this.metadata = new Metadata();
    for (const [name, value] of original.metadata) this.metadata.append(name, value);
    for (const [name, value] of Object.entries(changes.headers ?? {})) this.metadata.set(name, value);
  }

  get side(): "client" | "server" {
    return this.original.side;
  }

  get method(): Method {
    return this.original.method;
  }

  get request(): unknown {
    return this.original.request;
  }

  get signal(): AbortSignal {
    return this.ownSignal ?? this.original.signal;
  }

  get peer(): string | undefined {
    return this.original.peer;
  }

  get responseHeaders(): Metadata | undefined {
    return this.original.responseHeaders;
  }

  get responseTrailers(): Metadata | undefined {
    return this.original.responseTrailers;
  }

  get values(): Map<symbol, unknown> {
    return this.original.values;
  }

  timeoutLeftMs(): number {
    return this.original.timeoutLeftMs();
  }
}
