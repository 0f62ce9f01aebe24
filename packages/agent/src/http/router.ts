/** From a request to its endpoint: Consul's paths, methods and error answers. Knows nothing of sockets. */
import { StateError } from "../state/command.js";
import { StoreError } from "../store/store.js";
import type { AgentContext } from "./context.js";
import { ENDPOINTS } from "./endpoints.js";
import { HttpError, type HttpHandler, type HttpRequest, type HttpResponse } from "./message.js";
import { API_HEADERS, methodNotAllowed, text } from "./reply.js";

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
      if (route === undefined) return notFound(request);
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
    if (request.method === "OPTIONS") return { status: 200, headers: [...API_HEADERS, "Allow", allow.join(",")], body: "" };
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

/** Errors of the state are Consul's 500s; anything unforeseen is told to the log and answered without its inside. */
function refuse(context: AgentContext, request: HttpRequest, error: unknown): HttpResponse {
  if (error instanceof HttpError) return text(error.status, error.message, error.headers);
  if (error instanceof StateError) return text(500, error.message);
  if (error instanceof StoreError) return text(500, `the change could not be kept: ${error.message}`);
  context.failed(error);
  context.log.write(
    "error",
    `${request.method} ${request.path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return text(500, "An unexpected error occurred");
}
