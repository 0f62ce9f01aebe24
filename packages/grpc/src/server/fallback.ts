/** A request that is not gRPC. */
export interface PlainRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** name, value, name, value, ...; pseudo-headers too. */
  readonly fields: readonly string[];
  /** Whole, at most PLAIN_BODY_BYTES_MAX. */
  readonly body: Uint8Array;
  readonly peer: string;
}

export interface PlainResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Answers what is not gRPC; without one such requests get 415. */
export type Fallback = (request: PlainRequest) => PlainResponse | Promise<PlainResponse>;

/** A larger body is answered with 413 before the handler sees it. */
export const PLAIN_BODY_BYTES_MAX: number = 1024 * 1024;
