/** From a request to its endpoint: Consul's paths, methods and error answers. Knows nothing of sockets. */
import { StateError } from "../state/command.js";
import { StoreError } from "../store/store.js";
import type { AgentContext } from "./context.js";
import { ENDPOINTS } from "./endpoints.js";
import { HttpError, type HttpHandler, type HttpRequest, type HttpResponse } from "./message.js";
import { redirect } from "./redirect.js";
import { empty, methodNotAllowed, text } from "./reply.js";

export type Endpoint = (context: AgentContext, request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** A path, which ends in "/" when anything may follow, and its methods; without methods the endpoint answers all of them itself. */
export interface Route {
  readonly methods: readonly string[];
  readonly endpoint: Endpoint;
}

export function createRouter(context: AgentContext): HttpHandler {
  return (request) => {
    try {
      const route = findRoute(request.path);
      if (route === undefined) return ENDPOINTS.has(`${request.path}/`) ? redirect(request, `${request.path}/`) : notFound(request);
      const reply = callRoute(context, request, route);
      return reply instanceof Promise ? reply.catch((error: unknown) => refuse(context, request, error)) : reply;
    } catch (error) {
      return refuse(context, request, error);
    }
  };
}

function callRoute(context: AgentContext, request: HttpRequest, { methods, endpoint }: Route): HttpResponse | Promise<HttpResponse> {
  if (methods.length > 0 && !methods.includes(request.method)) {
    const allow = ["OPTIONS", ...methods];
    if (request.method === "OPTIONS") return empty(200, ["Allow", allow.join(",")]);
    throw methodNotAllowed(request.method, allow);
  }
  return endpoint(context, request);
}

function findRoute(path: string): Route | undefined {
  if (path.startsWith("/v1/kv/")) return ENDPOINTS.get("/v1/kv/");
  const exact = ENDPOINTS.get(path);
  if (exact !== undefined) return exact;
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const route = ENDPOINTS.get(path.slice(0, slash + 1));
    if (route !== undefined) return route;
  }
  return undefined;
}

function notFound(request: HttpRequest): HttpResponse {
  const hint = request.path.includes("/v1/")
    ? "Invalid URL path: not a recognized HTTP API endpoint\n"
    : "Invalid URL path: if attempting to use the HTTP API, ensure the path starts with '/v1/'\n";
  return { status: 404, headers: ["Content-Type", "text/plain; charset=utf-8"], body: hint };
}

/** These families answer even an error with the metadata of the query that failed. */
const SHOWS_META =
  /^\/v1\/(?:catalog\/(?:nodes|services|service\/|connect\/|node\/|node-services\/|gateway-services\/)|health\/(?:node|checks|state)\/|query(?:$|\/))/;

function metaOfError(request: HttpRequest, status: number): readonly string[] {
  if (request.method !== "GET" || (status !== 500 && status !== 404) || !SHOWS_META.test(request.path)) return [];
  return ["X-Consul-Index", "1", "X-Consul-Knownleader", "false", "X-Consul-Lastcontact", "0", "X-Consul-Query-Backend", "blocking-query"];
}

/** Errors of the state are Consul's 500s; anything unforeseen is told to the log and answered without its inside. */
function refuse(context: AgentContext, request: HttpRequest, error: unknown): HttpResponse {
  if (error instanceof HttpError) return text(error.status, error.message, [...error.headers, ...metaOfError(request, error.status)]);
  if (error instanceof StateError) return text(500, error.message);
  if (error instanceof StoreError) return text(500, `the change could not be kept: ${error.message}`);
  context.failed(error);
  context.log.write(
    "error",
    `${request.method} ${request.path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return text(500, "An unexpected error occurred");
}
