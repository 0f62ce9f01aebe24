import http from "node:http";
import https from "node:https";
import type { SecureContextOptions } from "node:tls";
import type { Address } from "./address.js";
import type { HttpAnswer, HttpRequest, Transport } from "./transport.js";

/** An answer larger than this is refused: a service list never is, and memory is finite. */
export const ANSWER_BYTES_MAX: number = 256 * 1024 * 1024;
/** Consul closes idle connections after minutes; ours go first, so that a request seldom meets a closing one. */
const IDLE_MS = 30_000;

export interface SocketTransportOptions {
  /** Sockets an address for requests; more wait their turn. */
  readonly requestSocketsMax: number;
  /** Sockets an address for long polls. */
  readonly watchSocketsMax: number;
  readonly tls: SecureContextOptions & { readonly servername?: string; readonly rejectUnauthorized?: boolean };
}

/** Exchanges over node:http and node:https, one keep-alive pool for requests and one for watches. */
export function socketTransport(options: SocketTransportOptions): Transport {
  const pools = { request: agents(options.requestSocketsMax, options), watch: agents(options.watchSocketsMax, options) };
  const start = (address: Address, request: HttpRequest): http.ClientRequest => {
    const pool = pools[request.pool];
    return (address.tls ? https : http).request({
      ...(address.unix ? { socketPath: address.host, host: "localhost" } : { host: address.host, port: address.port }),
      method: request.method,
      path: address.prefix + request.path,
      headers: request.body === undefined ? request.headers : { ...request.headers, "content-length": request.body.length },
      agent: address.tls ? pool.https : pool.http,
    });
  };
  return {
    exchange: (address, request) => retriedOnStaleSocket(() => exchange(start(address, request), request)),
    stream: (address, request) => stream(start(address, request), request),
    forgetIdle: () => {
      for (const pool of Object.values(pools)) for (const agent of [pool.http, pool.https]) closeIdle(agent);
    },
    close: () => {
      for (const pool of Object.values(pools)) {
        pool.http.destroy();
        pool.https.destroy();
      }
    },
  };
}

function agents(maxSockets: number, options: SocketTransportOptions): { http: http.Agent; https: https.Agent } {
  const shared = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, timeout: 0, scheduling: "lifo" as const };
  const pool = { http: new http.Agent(shared), https: new https.Agent({ ...shared, ...options.tls }) };
  for (const agent of [pool.http, pool.https]) agent.on("free", (socket) => socket.setTimeout(IDLE_MS));
  return pool;
}

function closeIdle(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of [...(sockets ?? [])]) socket.destroy();
}

/** A kept connection that the server closed while we wrote is no failure of the request: one more try on a fresh one. */
async function retriedOnStaleSocket(attempt: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof StaleSocketError)) throw error;
    return attempt();
  }
}

class StaleSocketError extends Error {}

function exchange(request: http.ClientRequest, { body, timeoutMs, signal, method, background }: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (background) request.on("socket", (socket) => socket.unref());
    const settle = limit(request, timeoutMs, signal, background);
    const fail = (error: Error): void => {
      settle();
      const stale = request.reusedSocket && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(stale && method === "GET" && signal?.aborted !== true ? new StaleSocketError("stale", { cause: error }) : error);
    };
    request.on("error", fail);
    request.on("response", (response) => {
      request.off("error", fail).on("error", reject);
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) response.destroy(new Error(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`));
      });
      response.on("error", (error) => {
        settle();
        reject(error);
      });
      response.on("end", () => {
        settle();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks, bytes) });
      });
    });
    request.end(body);
  });
}

function stream(request: http.ClientRequest, { body, timeoutMs, signal }: HttpRequest): Promise<AsyncIterable<Uint8Array>> {
  return new Promise((resolve, reject) => {
    const settle = limit(request, timeoutMs, undefined, false);
    const abort = (): void => {
      request.destroy();
    };
    signal?.addEventListener("abort", abort);
    request.on("error", reject);
    request.on("close", () => signal?.removeEventListener("abort", abort));
    request.on("response", (response) => {
      settle();
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      reject(new Error(`status ${response.statusCode}`));
    });
    request.end(body);
  });
}

/** Ends the request at its deadline or when the caller gives up; returns what undoes both. */
function limit(request: http.ClientRequest, timeoutMs: number, signal: AbortSignal | undefined, background: boolean): () => void {
  const abort = (): void => {
    request.destroy(signal?.reason instanceof Error ? signal.reason : new DOMException("aborted", "AbortError"));
  };
  const timer = setTimeout(() => {
    request.destroy(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: "ETIMEDOUT" }));
  }, timeoutMs);
  if (background) timer.unref();
  if (signal?.aborted === true) abort();
  else signal?.addEventListener("abort", abort);
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
}
