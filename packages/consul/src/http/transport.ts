import type { Address } from "./address.js";

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  /** Watches have a pool of their own: a long poll never holds a connection that a request waits for. */
  readonly pool: "request" | "watch";
  /** True: an exchange under way does not keep the process alive. */
  readonly background: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** One HTTP exchange with one address; rejects with the socket's error. The seam where tests put their double. */
export interface Transport {
  exchange(address: Address, request: HttpRequest): Promise<HttpAnswer>;
  /** The body as it comes, for answers without an end (`agent/monitor`) or too large to hold. Rejects unless the status is 200. */
  stream(address: Address, request: HttpRequest): Promise<AsyncIterable<Uint8Array>>;
  /** Closes kept connections that nobody uses now: the path they were made on is not trusted any more. */
  forgetIdle(): void;
  close(): void;
}

/** The socket's own error code where there is one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const NEVER_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "EACCES",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** True when the request cannot have reached Consul, so that even one that is not idempotent may be tried again. */
export function neverSent(error: unknown): boolean {
  const code = errorCode(error);
  return code !== undefined && NEVER_SENT.has(code);
}
