/** What was asked, for people and for programs that decide by it. */
export interface ConsulErrorRequest {
  readonly method: string;
  /** With its query, without the token. */
  readonly path: string;
  /** The last address tried; undefined when none could be. */
  readonly address: string | undefined;
}

/** The one error of this package: Consul answered with something else than success, or did not answer at all. */
export class ConsulError extends Error {
  override readonly name = "ConsulError";
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Consul's own words, or why there was no answer. */
  readonly text: string;
  readonly request: ConsulErrorRequest;
  /** Milliseconds to stay away, when Consul said so (429, 503). */
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    text: string,
    request: ConsulErrorRequest,
    options: { cause?: unknown; retryAfterMs?: number | undefined } = {},
  ) {
    const where = `${request.method} ${request.path}${request.address === undefined ? "" : ` at ${request.address}`}`;
    super(
      status === 0 ? `Consul did not answer ${where}: ${text}` : `Consul answered ${status} to ${where}: ${text}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.status = status;
    this.text = text;
    this.request = request;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** True when nobody could be asked: Consul is down, unreachable or too slow. */
  get unreachable(): boolean {
    return this.status === 0;
  }
}
