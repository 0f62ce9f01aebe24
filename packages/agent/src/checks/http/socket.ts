/** HTTP checks: 2xx passes, 429 warns, everything else is critical. A connection per run, so that a full accept queue shows. */
import type { request as HttpRequest, IncomingMessage } from "node:http";
import { dialError } from "../dial-error.js";
import { OutputTail } from "../output-tail.js";
import { critical, type Probe, passing, warning } from "../probe.js";
import { type ProbeTls, tlsOptions } from "../tls-options.js";

export interface HttpProbeOptions {
  readonly url: string;
  readonly method: string;
  readonly header: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly disableRedirects: boolean;
  readonly outputBytesMax: number;
  readonly tls: ProbeTls;
}

/** As Go's client. */
const REDIRECTS_MAX = 10;
/** How much of a body is read; the rest is not waited for. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

export function httpProbe(options: HttpProbeOptions): Probe {
  const { url, method, outputBytesMax } = options;
  return async (signal) => {
    let response: IncomingMessage;
    try {
      response = await follow(options, signal);
    } catch (error) {
      return critical(`${titled(method)} "${url}": ${reason(error, url)}`);
    }
    const output = new OutputTail(outputBytesMax);
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        output.write(chunk);
        if (output.total > BODY_BYTES_MAX) break;
      }
    } catch {
      // The status line has arrived and decides; a body that breaks off is shown as far as it came.
    }
    response.destroy();
    const status = response.statusCode ?? 0;
    const text = `HTTP ${method} ${url}: ${status} ${response.statusMessage ?? ""} Output: ${output}`;
    if (status >= 200 && status <= 299) return passing(text);
    return status === 429 ? warning(text) : critical(text);
  };
}

async function follow(options: HttpProbeOptions, signal: AbortSignal): Promise<IncomingMessage> {
  let { url, method, body } = options;
  for (let redirects = 0; ; redirects++) {
    const response = await send(options, url, method, body, signal);
    const location = response.headers.location;
    const status = response.statusCode ?? 0;
    if (options.disableRedirects || location === undefined || ![301, 302, 303, 307, 308].includes(status)) return response;
    response.destroy();
    if (redirects === REDIRECTS_MAX) throw new Error(`stopped after ${REDIRECTS_MAX} redirects`);
    url = new URL(location, url).href;
    if (status < 307 && method !== "GET" && method !== "HEAD") {
      method = "GET";
      body = "";
    }
  }
}

async function send(options: HttpProbeOptions, url: string, method: string, body: string, signal: AbortSignal): Promise<IncomingMessage> {
  const target = new URL(url);
  const isTls = target.protocol === "https:";
  if (!isTls && target.protocol !== "http:") throw new Error(`unsupported protocol scheme "${target.protocol.replace(":", "")}"`);
  const { request } = (await (isTls ? import("node:https") : import("node:http"))) as { request: typeof HttpRequest };
  const headers: Record<string, string | string[]> = { "user-agent": "Consul Health Check", accept: "text/plain, text/*, */*" };
  for (const [name, values] of Object.entries(options.header)) headers[name.toLowerCase()] = values.length === 1 ? values[0]! : [...values];
  if (body !== "") headers["content-length"] = String(Buffer.byteLength(body));
  return new Promise((resolve, reject) => {
    const outgoing = request(target, { method, headers, signal, agent: false, ...(isTls ? tlsOptions(options.tls) : {}) });
    outgoing.once("response", resolve).once("error", reject);
    outgoing.end(body);
  });
}

function reason(error: unknown, url: string): string {
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === undefined) return error.message;
  if ((error as NodeJS.ErrnoException).code === "ABORT_ERR")
    return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
  if (!URL.canParse(url)) return "invalid URL";
  const { host, port, protocol } = new URL(url);
  return dialError(error, "tcp", port === "" ? `${host}:${protocol === "https:" ? 443 : 80}` : host);
}

/** Go's client names the method so: `Get "http://..."`. */
function titled(method: string): string {
  return method.slice(0, 1) + method.slice(1).toLowerCase();
}
