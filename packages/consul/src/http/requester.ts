import type { Clock } from "../clock.js";
import { ConsulError, type ConsulErrorRequest } from "../consul-error.js";
import type { ResolvedConsulOptions } from "../options.js";
import type { Address } from "./address.js";
import { type ParameterValue, queryText } from "./parameters.js";
import { errorCode, type HttpAnswer, type HttpRequest, neverSent, type Transport } from "./transport.js";

/** Pauses between tries grow from the first to the second, each drawn at random up to its bound ("full jitter"). */
const RETRY_DELAY_MS_FIRST = 50;
const RETRY_DELAY_MS_MAX = 2_000;
/** Go's and Consul's header for tokens. */
const TOKEN_HEADER = "x-consul-token";

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** For all tries together. @default the client's */
  readonly timeoutMs?: number;
  /** For this request only. @default the client's */
  readonly token?: string;
  /** Datacenter. @default the agent's own */
  readonly dc?: string;
  /** Namespace (Consul Enterprise). @default the client's */
  readonly ns?: string;
  /** Admin partition (Consul Enterprise). @default the client's */
  readonly partition?: string;
}

export interface ConsulRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Below "/v1/", already encoded. */
  readonly path: string;
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  readonly body?: Uint8Array | string;
  /** True: doing it twice is doing it once. GET always is. */
  readonly idempotent?: boolean;
  /** Statuses besides 2xx that are answers and no errors. */
  readonly accept?: readonly number[];
  readonly pool?: "request" | "watch";
  /** True: does not keep the process alive. @default false */
  readonly background?: boolean;
  /** 1 for watches, which have their own loop. @default the client's */
  readonly attemptsMax?: number;
  readonly options?: RequestOptions;
}

/**
 * Sends requests: tries the addresses in turn, beginning with the one that answered last; repeats what is idempotent
 * (and anything that Consul refused unread, 429, or that never left this machine) within one deadline.
 */
export class Requester {
  readonly options: ResolvedConsulOptions;
  readonly clock: Clock;
  private readonly transport: Transport;
  private readonly tokenOf: () => string | undefined;
  private preferred = 0;

  constructor(options: ResolvedConsulOptions, transport: Transport, clock: Clock, tokenOf: () => string | undefined) {
    this.options = options;
    this.transport = transport;
    this.clock = clock;
    this.tokenOf = tokenOf;
  }

  /** The address that the next request will try first. */
  get address(): Address {
    return this.options.addresses[this.preferred] ?? this.options.addresses[0];
  }

  async send(request: ConsulRequest): Promise<HttpAnswer> {
    const deadlineMs = this.clock.nowMs() + (request.options?.timeoutMs ?? this.options.timeoutMs);
    const attemptsMax = request.attemptsMax ?? this.options.attemptsMax;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(request, deadlineMs);
      } catch (error) {
        if (request.options?.signal?.aborted === true || !(error instanceof ConsulError)) throw error;
        if (attempt >= attemptsMax || !mayRepeat(request, error)) throw error;
        const delayMs = error.retryAfterMs ?? this.delayMs(attempt, error);
        if (this.clock.nowMs() + delayMs >= deadlineMs) throw error;
        await this.clock.sleep(delayMs, request.options?.signal, request.background);
      }
    }
  }

  /** As `send`, once, with the body as a stream. */
  async stream(request: ConsulRequest): Promise<AsyncIterable<Uint8Array>> {
    const address = this.address;
    const http = this.httpRequest(request, this.options.timeoutMs);
    try {
      return await this.transport.stream(address, http);
    } catch (error) {
      throw new ConsulError(0, reason(error), described(request, http.path, address), { cause: error });
    }
  }

  /** Every request from now on goes over a connection of its own making. */
  forgetConnections(): void {
    this.transport.forgetIdle();
  }

  close(): void {
    this.transport.close();
  }

  private async attempt(request: ConsulRequest, deadlineMs: number): Promise<HttpAnswer> {
    const at = this.preferred;
    const address = this.address;
    const http = this.httpRequest(request, Math.max(1, deadlineMs - this.clock.nowMs()));
    let answer: HttpAnswer;
    try {
      answer = await this.transport.exchange(address, http);
    } catch (error) {
      if (request.options?.signal?.aborted === true) throw error;
      this.leave(at);
      throw new ConsulError(0, reason(error), described(request, http.path, address), { cause: error });
    }
    if ((answer.status >= 200 && answer.status < 300) || request.accept?.includes(answer.status) === true) return answer;
    if (answer.status >= 500) this.leave(at);
    const text = answer.body.toString("utf8").trim() || `status ${answer.status}`;
    throw new ConsulError(answer.status, text, described(request, http.path, address), { retryAfterMs: retryAfterMs(answer) });
  }

  /** The next request tries the next address; the first to fail moves on, not everyone who was under way with it. */
  private leave(at: number): void {
    if (this.preferred === at) this.preferred = (at + 1) % this.options.addresses.length;
  }

  /** No pause before an address that was not tried yet. */
  private delayMs(attempt: number, error: ConsulError): number {
    if (error.unreachable && attempt < this.options.addresses.length) return 0;
    return this.clock.random() * Math.min(RETRY_DELAY_MS_MAX, RETRY_DELAY_MS_FIRST * 2 ** attempt);
  }

  private httpRequest(request: ConsulRequest, timeoutMs: number): HttpRequest {
    const { dc, ns, partition, token = this.tokenOf() } = request.options ?? {};
    const headers: Record<string, string> = { accept: "application/json" };
    if (token !== undefined && token !== "") headers[TOKEN_HEADER] = token;
    if (this.options.auth !== undefined) headers.authorization = `Basic ${Buffer.from(this.options.auth).toString("base64")}`;
    const query = queryText({
      ...request.parameters,
      dc: dc ?? this.options.datacenter,
      ns: ns ?? this.options.namespace,
      partition: partition ?? this.options.partition,
    });
    return {
      method: request.method,
      path: `/v1/${request.path}${query}`,
      headers,
      body: typeof request.body === "string" ? Buffer.from(request.body) : request.body,
      pool: request.pool ?? "request",
      background: request.background ?? false,
      timeoutMs,
      signal: request.options?.signal,
    };
  }
}

function described(request: ConsulRequest, path: string, address: Address): ConsulErrorRequest {
  return { method: request.method, path, address: address.text };
}

/** Many of Consul's 500s are about the request itself and would only come again; these are about the servers. */
const PASSING_TROUBLE = /no cluster leader|leadership|not ready|rpc error|raft|timed? ?out|EOF|connection|shutting down/i;

function mayRepeat(request: ConsulRequest, error: ConsulError): boolean {
  if (error.status === 429 || (error.unreachable && neverSent(error.cause))) return true;
  const idempotent = request.method === "GET" || request.idempotent === true;
  return idempotent && (error.unreachable || error.status > 500 || (error.status === 500 && PASSING_TROUBLE.test(error.text)));
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = errorCode(error);
  return code === undefined || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}

/** Retry-After in seconds; the date form is not one that Consul or its proxies send. */
function retryAfterMs(answer: HttpAnswer): number | undefined {
  if (answer.status !== 429 && answer.status !== 503) return undefined;
  const seconds = Number(answer.headers["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}
