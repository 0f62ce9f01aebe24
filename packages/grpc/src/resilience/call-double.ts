import type { Call } from "../call/interceptor.js";
import { Metadata } from "../call/metadata.js";
import type { MethodCodec } from "../codec/codec.js";
import type { Method, MethodKind } from "../contract/contract.js";

export interface CallDoubleParts {
  readonly request?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly kind?: MethodKind;
  readonly idempotent?: boolean;
  readonly peer?: string;
}

/** A call without a channel, for tests of interceptors. */
export class CallDouble implements Call {
  readonly side = "client";
  readonly method: Method;
  readonly request: unknown;
  readonly metadata: Metadata;
  readonly peer: string | undefined;
  readonly responseHeaders: Metadata | undefined = undefined;
  readonly responseTrailers: Metadata = new Metadata();
  readonly values: Map<symbol, unknown> = new Map();
  readonly controller: AbortController = new AbortController();

  constructor(parts: CallDoubleParts = {}) {
    const path = parts.path ?? "/double.Service/Call";
    const [, service = "", name = ""] = path.split("/");
    this.method = {
      service,
      name,
      localName: name.charAt(0).toLowerCase() + name.slice(1),
      path,
      kind: parts.kind ?? "unary",
      codec: undefined as unknown as MethodCodec<unknown, unknown>,
      codecs: new Map(),
      idempotent: parts.idempotent ?? true,
    };
    this.request = parts.request;
    this.metadata = new Metadata(parts.headers);
    this.peer = parts.peer;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  timeoutLeftMs(): number {
    return Number.POSITIVE_INFINITY;
  }
}
